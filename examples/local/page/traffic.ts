import type { Now } from '../src/console/state.ts';
import { act } from './act.ts';
import { byId, inside, say } from './dom.ts';

const keepSending = byId('keep-sending', HTMLButtonElement);
const perSecond = byId('per-second', HTMLInputElement);
const shown = byId('per-second-shown', HTMLOutputElement);

const chosenClient = () =>
  inside(document, '[name=client]:checked', HTMLInputElement).value === 'dns' ? 'dns' : 'sdk';

export function showTraffic({ traffic }: Now): void {
  keepSending.dataset.on = String(traffic.isOn);
  say(keepSending, traffic.isOn ? 'Stop sending' : 'Keep sending');
}

export function listenToTraffic(): void {
  const traffic = (on: boolean) =>
    void act({ do: 'traffic', on, perSecond: Number(perSecond.value), client: chosenClient() });
  const change = () => {
    if (keepSending.dataset.on === 'true') traffic(true);
  };
  byId('send', HTMLButtonElement).addEventListener('click', () => {
    void act({ do: 'send', count: 20, client: chosenClient() });
  });
  byId('race', HTMLButtonElement).addEventListener('click', () => void act({ do: 'race' }));
  keepSending.addEventListener('click', () => traffic(keepSending.dataset.on !== 'true'));
  perSecond.addEventListener('input', () => say(shown, perSecond.value));
  perSecond.addEventListener('change', change);
  for (const input of document.querySelectorAll('[name=client]')) input.addEventListener('change', change);
}
