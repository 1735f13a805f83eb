// Search, the menu of small screens, and copying of code. The pages work without it.
const script = document.currentScript;
const toRoot = script.dataset.root;
const input = document.querySelector('.search input');
const found = document.getElementById('found');

const load = (file) =>
  new Promise((resolve, reject) => {
    const element = document.createElement('script');
    element.src = `${toRoot}/assets/${file}`;
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });

let loading;
/** The index is read when somebody first means to search. */
function index() {
  loading ??= Promise.all([load('minisearch.js'), load('search-index.js')]).then(() => {
    const search = new MiniSearch({
      fields: ['title', 'page', 'text'],
      storeFields: ['url', 'title', 'page', 'text'],
      searchOptions: { boost: { title: 4, page: 2 }, prefix: true, fuzzy: 0.15, combineWith: 'AND' },
    });
    search.addAll(globalThis.searchPlaces);
    return search;
  });
  return loading;
}

/** The text around the first word that was found, with that word marked. */
function excerpt(text, terms) {
  const element = document.createElement('small');
  const lower = text.toLowerCase();
  const at = terms.map((term) => lower.indexOf(term)).find((position) => position >= 0) ?? -1;
  if (at < 0) {
    element.textContent = text.slice(0, 110);
    return element;
  }
  const term = terms.find((candidate) => lower.startsWith(candidate, at)) ?? '';
  const marked = document.createElement('mark');
  marked.textContent = text.slice(at, at + term.length);
  const from = Math.max(0, at - 50);
  element.append(
    `${from > 0 ? '…' : ''}${text.slice(from, at)}`,
    marked,
    `${text.slice(at + term.length, at + 90)}…`,
  );
  return element;
}

async function show() {
  const query = input.value.trim();
  if (query === '') {
    found.hidden = true;
    return;
  }
  const hits = (await index()).search(query).slice(0, 8);
  if (query !== input.value.trim()) return;
  found.replaceChildren(
    ...hits.map((hit) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = `${toRoot}/${hit.url}`;
      const title = document.createElement('b');
      title.textContent = hit.title === hit.page ? hit.title : `${hit.page} › ${hit.title}`;
      link.append(title, excerpt(hit.text, hit.terms));
      item.append(link);
      return item;
    }),
  );
  if (hits.length === 0) found.textContent = 'Nothing was found.';
  found.hidden = false;
}

input.addEventListener('focus', index, { once: true });
input.addEventListener('input', show);
document.addEventListener('click', (event) => {
  if (!event.target.closest('.search')) found.hidden = true;
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== input) {
    event.preventDefault();
    input.focus();
  }
  if (event.key === 'Escape') found.hidden = true;
  const links = [...found.querySelectorAll('a')];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (found.hidden || step === undefined || links.length === 0) return;
  event.preventDefault();
  const next = links.indexOf(document.activeElement) + step;
  (links[next] ?? input).focus();
});
input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') found.querySelector('a')?.click();
});

const menu = document.querySelector('.menu');
menu.addEventListener('click', () => {
  const isOpen = document.getElementById('pages').classList.toggle('open');
  menu.setAttribute('aria-expanded', String(isOpen));
});

for (const block of document.querySelectorAll('.code')) {
  const button = document.createElement('button');
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.querySelector('pre').textContent);
    button.textContent = 'Copied';
  });
  block.append(button);
}
