import type { Policy } from '@twinlog/core';

/** A deliberate fault inside the production code: a text of a file of core, and what is put in its place. */
export interface Patch {
  readonly rule: string;
  readonly policy: Policy;
  /** By file below `packages/core/src`, texts that stand in it exactly once, and what takes their place. */
  readonly edits: { readonly [file: string]: readonly (readonly [from: string, to: string])[] };
}

const wroteIt = 'if (!insertion.inserted && insertion.existing.id !== event.id) return undefined;';
const homeOfStream =
  'const homeOfStream = (stream: string) => homeOf(assignment(), aggregate.homeKey?.(stream) ?? stream);';

/** What breaks a rule inside core, by name. No file is changed: a process loads the patched text in its place. */
export const patches = {
  'skip the sequence check': {
    rule: 'R1',
    policy: 'any-cell',
    edits: { 'service.ts': [[wroteIt, '']] },
  },
  'give events the time of the cell alone': {
    rule: 'R2',
    policy: 'any-cell',
    edits: { 'log/event-id.ts': [['Math.max(now, eventTime(newest) + 1)', 'now']] },
  },
  'fold across a gap': {
    rule: 'R3',
    policy: 'any-cell',
    edits: {
      'log/counted.ts': [
        ['sequenceOf(event) !== at + 1', 'sequenceOf(event) < 0'],
        [
          'covers(version, parseVersion(event.seen))',
          'covers(new Map(version).set(origin, Number.MAX_SAFE_INTEGER), parseVersion(event.seen))',
        ],
      ],
    },
  },
  'use "held" for "counted"': {
    rule: 'R3',
    policy: 'any-cell',
    edits: { 'log/counted.ts': [['covers(version, parseVersion(event.seen))', 'true']] },
  },
  'let a lost acknowledgement count as a conflict': {
    rule: 'R8',
    policy: 'any-cell',
    edits: { 'service.ts': [[wroteIt, 'if (!insertion.inserted) return undefined;']] },
  },
  'forget the command ids before a snapshot': {
    rule: 'R8',
    policy: 'any-cell',
    edits: { 'log/snapshot.ts': [['return hashes[low] === wanted;', 'return false;']] },
  },
  'answer from the state of today': {
    rule: 'R10',
    policy: 'any-cell',
    edits: {
      'first-answer.ts': [
        ['const { state } = foldAsDecided(aggregate, events, claim.event);', 'const { state } = fold;'],
      ],
    },
  },
  'ignore the assignment': {
    rule: 'R14',
    policy: 'home-cell',
    edits: {
      'log/superseded.ts': [
        [
          'if (counted.every(({ event }) => event.assignment === first)) return superseded;',
          'return superseded;',
        ],
      ],
      'service.ts': [['isNewer(newestStamp, inForce().stamp)', 'false']],
    },
  },
  'take "home" from who created': {
    rule: 'R15',
    policy: 'home-cell',
    edits: {
      'policy/home-cell.ts': [
        [
          homeOfStream,
          'const created = new Set<string>(); const homeOfStream = (stream: string) => created.has(stream) ? cell : homeOf(assignment(), aggregate.homeKey?.(stream) ?? stream);',
        ],
        [
          'const { stream } = request;\n      if (',
          'const { stream } = request;\n      if (request.account !== undefined) created.add(stream);\n      if (',
        ],
      ],
    },
  },
  'let a request claim the command id': {
    rule: 'R15',
    policy: 'home-cell',
    edits: {
      'log/apply.ts': [
        [
          'if (fold.requests.has(id)) return;',
          'fold.claims.set(id, { event });\n    if (fold.requests.has(id)) return;',
        ],
      ],
    },
  },
  'answer 404 without asking the other cells': {
    rule: 'R15',
    policy: 'home-cell',
    edits: {
      'policy/home-cell.ts': [
        ['const isHeld = held.includes(true)', 'const isHeld = false && held.includes(true)'],
      ],
    },
  },
  'cap a token without asking the other cells': {
    rule: 'R18',
    policy: 'any-cell',
    edits: {
      'catch-up.ts': [
        ['if (!(await recoverStream?.(stream))) return', 'if (recoverStream === undefined) return'],
      ],
    },
  },
} as const satisfies { readonly [name: string]: Patch };

export type PatchName = keyof typeof patches;
