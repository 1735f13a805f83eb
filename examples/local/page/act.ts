import type { Action } from '../src/console/state.ts';
import { byId, say } from './dom.ts';

const fault = byId('fault', HTMLElement);

/** Has the server do something; what keeps it from that is said on the page. */
export async function act(action: Action): Promise<void> {
  try {
    const response = await fetch('/api/actions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(action),
    });
    const { error = '' }: { error?: string } = await response.json();
    say(fault, error);
  } catch {
    say(fault, 'The console does not answer. Is npm start still running?');
  }
  fault.hidden = fault.textContent === '';
}
