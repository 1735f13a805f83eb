import {
  type CommandRequest,
  covers,
  type DomainEvent,
  emptyVersion,
  foldEvents,
  formatVersion,
  parseVersion,
  type Transaction,
  type TransactionCommand,
  type VersionVector,
} from '@twinlog/core';
import { currentCode } from './aggregates.ts';
import { type Chronicle, placeOf } from './chronicle.ts';
import type { Told } from './journal.ts';
import type { Answer, Cell, Matrix } from './matrix.ts';
import type { Stage } from './stage.ts';

/** What was so when a cell was asked. */
export interface Before {
  readonly asked: number;
  /** R18: for each ended origin that the client's token names, how far the cells that are up had counted its events. */
  readonly recoverable: VersionVector;
}

/** Holds one answer, the moment a cell gives it, against all that was promised before. */
export interface AnswerCheck {
  readonly before: (request: CommandRequest<TransactionCommand>) => Before;
  readonly answer: (
    told: Told,
    request: CommandRequest<TransactionCommand>,
    cell: Cell,
    answer: Answer,
    before: Before,
  ) => void;
}

/** The body of an answer, as text: equal for equal bodies. */
export function bodyOf({ accountId, currency, status, authorised, captured, refunded }: Transaction): string {
  return `${accountId} ${currency} ${status} ${authorised} ${captured} ${refunded}`;
}

type Effect = Pick<Extract<Answer, { readonly kind: 'alreadyAppended' }>, 'event' | 'state' | 'conflict'>;

export function isRefused(event: DomainEvent): boolean {
  return event.type.endsWith('.refused.v1');
}

/** Whether an answer tells of a stream as it is: a 503 does not. */
function tells({ kind }: Answer): boolean {
  return (
    kind === 'requested' ||
    kind === 'appended' ||
    kind === 'alreadyAppended' ||
    kind === 'refused' ||
    kind === 'preconditionFailed'
  );
}

/** How the type of each command's event ends. */
export const eventOfCommand: { readonly [type in TransactionCommand['type']]: string } = {
  decline: '.declined.v1',
  expire: '.expired.v1',
  create: '.created.v1',
  capture: '.captured.v1',
  void: '.voided.v1',
  refund: '.refunded.v1',
};

const sourcePrefix = 'urn:twinlog:origin:';

function counts(version: VersionVector, source: string): number {
  return version.get(source.slice(sourcePrefix.length)) ?? 0;
}

/** What a cell's database holds at the place of an event. */
function storedAt(cell: Cell, event: DomainEvent): DomainEvent | undefined {
  const { held, streams } = cell.database();
  return (
    held.get(event.id) ?? streams.get(event.partitionkey)?.find((other) => placeOf(other) === placeOf(event))
  );
}

export function createAnswerCheck(
  stage: Stage,
  chronicle: Chronicle,
  matrix: Pick<Matrix, 'cells' | 'assignment'>,
): AnswerCheck {
  const bodies = new Map<string, string>();
  const isHeld = (event: DomainEvent) => matrix.cells.some((cell) => cell.database().held.has(event.id));

  function recoverable({ stream, atLeast }: CommandRequest<TransactionCommand>): VersionVector {
    const { ended } = matrix.assignment();
    const asked = [...(atLeast?.keys() ?? [])].filter((origin) => ended.has(origin));
    if (asked.length === 0) return emptyVersion;
    const versions = matrix.cells.map((cell) => {
      return foldEvents(currentCode, cell.database().streams.get(stream) ?? []).version;
    });
    return new Map(
      asked.map((origin) => [origin, Math.max(...versions.map((version) => version.get(origin) ?? 0))]),
    );
  }

  /** R3: a version vector counts no event without its predecessors, nor without all that its decision had seen. */
  function checkVersion({ stream }: Told, cell: Cell, answer: Answer): void {
    if (!('version' in answer)) return;
    const { version } = answer;
    const events = cell.database().streams.get(stream) ?? [];
    let expected = 0;
    for (const sequence of version.values()) expected += sequence;
    let counted = 0;
    let open: DomainEvent | undefined;
    for (const event of events) {
      if (Number(event.sequence) > counts(version, event.source)) continue;
      counted += 1;
      if (!covers(version, parseVersion(event.seen))) open ??= event;
    }
    if (open === undefined && counted === expected) return;
    const detail = `${cell.name} answered at ${formatVersion(version)} ${open ? `with ${open.id}, which saw ${open.seen}` : `with ${counted} events`}`;
    stage.fail('what counts has all before it and all that it has seen', detail, stream);
  }

  /** R18: an answer may be behind a token only by what no cell could give back. */
  function checkToken(
    { stream, atLeast = emptyVersion }: CommandRequest<TransactionCommand>,
    cell: Cell,
    answer: Answer,
    { recoverable: could }: Before,
  ): void {
    if (atLeast.size === 0) return;
    const capped = ('capped' in answer && answer.capped) || [];
    if (capped.length > 0) stage.hit('R18 token capped');
    const { ended } = matrix.assignment();
    const owed = [...atLeast].map(([origin, seen]): [string, number] =>
      capped.includes(origin) && ended.has(origin)
        ? [origin, Math.min(seen, could.get(origin) ?? 0)]
        : [origin, seen],
    );
    const isBehind = 'version' in answer && tells(answer) && !covers(answer.version, new Map(owed));
    if (!isBehind && (answer.kind !== 'notFound' || owed.every(([, sequence]) => sequence === 0))) return;
    const version = 'version' in answer ? formatVersion(answer.version) : 'nothing';
    const detail = `${cell.name} answered at ${version}, the token said ${formatVersion(atLeast)}`;
    stage.fail('an answer never goes back behind a token', detail, stream);
  }

  /** What was said to have taken effect is in the database, is this command, and looks as it always did (R10). */
  function checkEffect(told: Told, cell: Cell, answer: Effect): void {
    const { event, state, conflict } = answer;
    const { stream, command, commandId } = told;
    const stored = storedAt(cell, event);
    if (stored === undefined) {
      stage.fail('what is acknowledged is stored', `${cell.name} does not hold ${placeOf(event)}`, stream);
    } else if (
      (commandId !== undefined && stored.commandid !== commandId) ||
      !stored.type.endsWith(eventOfCommand[command.type])
    ) {
      stage.fail('an answer is about its command', `${command.type} was answered by ${stored.type}`, stream);
    } else if ('amount' in command && command.amount !== stored.data.amount) {
      stage.fail(
        'an answer is about its command',
        `${command.amount} was answered by ${stored.data.amount}`,
        stream,
      );
    }
    const body = bodyOf(state);
    const before = bodies.get(event.id);
    if (before === undefined) bodies.set(event.id, body);
    // A command that has lost a conflict since is answered so, and need not look as it did.
    else if (before !== body && conflict === undefined) {
      stage.fail(
        'a command is answered alike ever after',
        `${commandId}: "${before}", then "${body}"`,
        stream,
      );
    }
    if (state.captured > state.authorised || state.refunded > state.captured) {
      stage.fail('no more captured than authorised, nor refunded than captured', body, stream);
    }
  }

  /** R9: a refusal is a decision of its own, in the database under this command id. */
  function checkRefusal(told: Told, cell: Cell, code: string, detail: string, asked: number): void {
    const { stream, commandId } = told;
    if (commandId === undefined) return;
    const { held: inCell } = cell.database();
    const held = chronicle.decisionsOf(stream, commandId).filter((event) => inCell.has(event.id));
    if (code === 'idempotency_key_reused') {
      stage.hit('R7 key reused in one cell');
      if (held.length === 0) {
        stage.fail('a key is reused only after a use', `${commandId} was never used in ${cell.name}`, stream);
      }
      return;
    }
    const record = held.find(
      (event) => isRefused(event) && event.data.code === code && event.data.detail === detail,
    );
    if (record === undefined) {
      stage.fail(
        'a refusal leaves an event',
        `${cell.name} refused ${commandId} with ${code} and kept nothing`,
        stream,
      );
    } else if ((chronicle.events.get(record.id)?.at ?? asked) < asked) {
      stage.hit('R10 first refusal from the claim');
    }
  }

  /** R15: under a home, 404 says that no cell knew anything of the stream when it was asked for. */
  function checkNotFound({ stream }: Told, cell: Cell, asked: number): void {
    if (stage.plan.policy === 'any-cell') return;
    const known = [...chronicle.events.values()].find(({ event, at }) => {
      return event.partitionkey === stream && at < asked && isHeld(event);
    });
    if (known)
      stage.fail('404 only if no cell knows the stream', `${cell.name}; ${known.event.id} is held`, stream);
  }

  function countAnswer(answer: Answer, asked: number): void {
    switch (answer.kind) {
      case 'alreadyAppended': {
        const decided = chronicle.events.get(answer.event.id)?.at ?? asked;
        stage.hit(decided < asked ? 'R10 first answer from the claim' : 'R8 own write found by its writer');
        if (answer.conflict) {
          stage.tentative.add(answer.event.id);
          stage.hit('R10 answer tells of a lost conflict');
        }
        return;
      }
      case 'pending':
        stage.hit('R3 not decided on what is pending');
        return;
      case 'clockSkew':
        stage.hit('R6 clock refused');
        return;
      case 'notFound':
        stage.hit('stream not known');
        return;
      case 'preconditionFailed':
        stage.hit('precondition failed');
        return;
      case 'requested':
        stage.hit('R15 requested');
        return;
      case 'outdated':
        return;
      case 'unreachable':
        stage.hit('R15 home cannot be reached');
        return;
      case 'behind':
        stage.hit('R18 behind a token');
        return;
      default:
        return;
    }
  }

  return {
    before: (request) => ({ asked: stage.scheduler.now(), recoverable: recoverable(request) }),
    answer: (told, request, cell, answer, before) => {
      const { asked } = before;
      stage.note(cell.name, `answers ${answer.kind} to ${request.command.type}`, told.commandId, told.stream);
      countAnswer(answer, asked);
      checkToken(request, cell, answer, before);
      if (answer.kind === 'appended' || answer.kind === 'alreadyAppended') {
        checkEffect(told, cell, answer);
      } else if (answer.kind === 'notFound') checkNotFound(told, cell, asked);
      else if (answer.kind === 'refused') checkRefusal(told, cell, answer.code, answer.detail, asked);
      checkVersion(told, cell, answer);
    },
  };
}
