import { readPage } from './pages.mjs';

/** Everything below one heading, as a place that a search can lead to. */
function placesOf(page, urlOf) {
  const lines = page.text.split('\n');
  return page.headings.map(({ words, anchor, line, level }, index) => {
    const end = page.headings[index + 1]?.line ?? lines.length + 1;
    const text = lines
      .slice(line, end - 1)
      .join(' ')
      .replaceAll(/<!--.*?-->|[`*_|>#]|\]\([^)]*\)|\[/g, ' ')
      .replaceAll(/[\s-]{2,}/g, ' ');
    const url = urlOf(page.file) + (level === 1 ? '' : `#${anchor}`);
    return {
      id: `${page.file}#${anchor}`,
      url,
      title: words,
      page: page.title,
      text: text.trim().slice(0, 4_000),
    };
  });
}

/** A script that hands the index to the page: it works without a server too, where nothing can be fetched. */
export function searchIndexOf(pages, urlOf) {
  const places = pages.flatMap((page) => placesOf(readPage(page.file), urlOf));
  return `globalThis.searchPlaces = ${JSON.stringify(places)};\n`;
}
