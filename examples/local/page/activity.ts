import type { Happening, RequestLine } from '../src/console/state.ts';
import { byId, clock, duration, make } from './dom.ts';

const happenings = byId('happenings', HTMLElement);
const requests = byId('requests', HTMLElement);
const maxShown = 12;
const clouds = { aws: 'AWS', azure: 'Azure' } as const;

export function showHappenings(news: readonly Happening[]): void {
  for (const { at, text, tone } of news) {
    const entry = make('li', '', make('time', '', clock(at)), make('span', '', text));
    entry.dataset.tone = tone;
    happenings.prepend(entry);
  }
  while (happenings.children.length > maxShown) happenings.lastElementChild?.remove();
}

export function showRequests(news: readonly RequestLine[]): void {
  for (const { method, path, status, side, ms, tries } of news.slice(-maxShown)) {
    const short = path.replace(/txn_\w*(\w{6})/, '…$1');
    const answer = side ? make('span', `${side}-text`, clouds[side]) : 'no answer';
    const effort = `${status ?? '–'} · ${duration(ms)}${tries > 1 ? ` · ${tries} tries` : ''}`;
    requests.prepend(
      make('li', '', make('span', 'what', `${method} ${short}`), answer, make('span', 'quiet', effort)),
    );
  }
  while (requests.children.length > maxShown) requests.lastElementChild?.remove();
}
