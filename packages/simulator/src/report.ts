import type { Policy } from '@twinlog/core';
import { faultHits, type Hit, type Hits, homeCellHits, ruleHits } from './hits.ts';
import type { Outcomes } from './outcomes.ts';

const outcomeNames: { readonly [key in keyof Outcomes]: string } = {
  streams: 'transactions with an effect told',
  commands: 'commands sent',
  overCapture: 'over-capture told',
  captureAndVoid: 'capture and void told',
  overRefund: 'over-refund told',
  repeatedEffect: 'repeated effect',
  deferred: 'deferred (202)',
  conflicts: 'conflicts reported',
  conflictsTold: 'of these told to a client before',
  compensations: 'compensations carried out',
  exposedEvents: 'events lost with a restored database',
  exposedEffects: 'effects told that a restore undid',
};

const perCommand: readonly (keyof Outcomes)[] = [
  'repeatedEffect',
  'deferred',
  'conflicts',
  'conflictsTold',
  'exposedEffects',
  'compensations',
];

function share(outcomes: Outcomes, key: keyof Outcomes): string {
  if (key === 'streams' || key === 'commands' || key === 'exposedEvents') return '';
  const whole = perCommand.includes(key) ? outcomes.commands : outcomes.streams;
  return whole === 0 ? '' : `${((100 * outcomes[key]) / whole).toFixed(3)} %`;
}

/** A table of what came of commands under a policy; shares are of commands, or of transactions. */
export function outcomeTable(policy: Policy, outcomes: Outcomes): string {
  const rows = (Object.keys(outcomeNames) as (keyof Outcomes)[]).map(
    (key) =>
      `  ${outcomeNames[key].padEnd(40)}${String(outcomes[key]).padStart(12)}${share(outcomes, key).padStart(12)}`,
  );
  return [`Outcomes under ${policy}:`, ...rows].join('\n');
}

/** How often each fault struck and each rule took hold. */
export function hitTable(hits: Hits): string {
  const row = (hit: Hit) => `  ${hit.padEnd(44)}${String(hits.get(hit) ?? 0).padStart(12)}`;
  return [
    'Faults that struck:',
    ...faultHits.map(row),
    'Rules that took hold:',
    ...[...ruleHits, ...homeCellHits].map(row),
  ].join('\n');
}
