import {
  type CommandRequest,
  emptyVersion,
  formatVersion,
  mergeVersions,
  type TransactionCommand,
  type VersionVector,
} from '@twinlog/core';
import { type AnswerCheck, bodyOf } from './answers.ts';
import type { Journal, Told } from './journal.ts';
import type { Answer, Cell } from './matrix.ts';
import type { Operation, Send } from './plan.ts';
import type { Stage } from './stage.ts';

const hour = 3_600_000;

/** Longer than two calls of the store: the cell waited for what a token had seen. */
const waitedMs = 130;

/** Answers after which a client has what it wanted to know. */
function isFinal({ kind }: Answer): boolean {
  return (
    kind === 'appended' || kind === 'alreadyAppended' || kind === 'refused' || kind === 'preconditionFailed'
  );
}

/** What was lost with a database is not asked for again. */
function without(token: VersionVector, capped: readonly string[] = []): VersionVector {
  return capped.length === 0 ? token : new Map([...token].filter(([origin]) => !capped.includes(origin)));
}

export interface ClientsOptions {
  readonly stage: Stage;
  readonly cells: readonly Cell[];
  readonly journal: Journal;
  readonly check: AnswerCheck;
}

export interface Clients {
  /** Puts every sending of every operation on the clock. */
  readonly start: () => void;
  /** Sends one request now, outside of the plan. */
  readonly ask: (told: Told, cell: number) => Promise<Answer>;
}

/** The clients of one run: they send, lose requests and answers, try again here or there, and write down what they hear. */
export function createClients({ stage, cells, journal, check }: ClientsOptions): Clients {
  const { plan, scheduler } = stage;
  const { rates } = plan;
  const tokens = new Map<string, VersionVector>();

  function requestOf(told: Told, withToken: boolean, ifMatch: boolean): CommandRequest<TransactionCommand> {
    const { stream, command, commandId, account } = told;
    const token = tokens.get(stream);
    return {
      stream,
      command,
      ...(commandId !== undefined && { commandId }),
      ...(command.type === 'create' && { account }),
      ...(withToken && token !== undefined && { atLeast: token }),
      ...(ifMatch && token !== undefined && { ifMatch: formatVersion(token) }),
    };
  }

  async function send(
    told: Told,
    request: CommandRequest<TransactionCommand>,
    index: number,
  ): Promise<Answer> {
    const cell = cells[index];
    if (cell === undefined) throw new Error(`There is no cell ${index}.`);
    told.sent += 1;
    stage.note('client', `asks ${cell.name} to ${request.command.type}`, request.commandId, request.stream);
    const asked = scheduler.now();
    const before = check.before(request);
    const answer = await cell.execute(request);
    if (request.atLeast !== undefined && answer.kind !== 'behind' && scheduler.now() - asked >= waitedMs) {
      stage.hit('R18 waited for a token');
    }
    check.answer(told, request, cell, answer, before);
    return answer;
  }

  function play(operation: Operation): void {
    const { commandId } = operation;
    let isAnswered = false;
    const shared = commandId === undefined ? undefined : journal.entryOf(operation);

    const sendOnce = async ({ cell, anyway, withToken }: Send, number: number): Promise<void> => {
      if (isAnswered && !anyway) return;
      const previous = operation.sends[number - 1];
      const current = operation.sends[number];
      if (previous !== undefined && current !== undefined) {
        stage.hit(previous.cell === cell ? 'retry on the same cell' : 'retry on another cell');
        if (current.at === previous.at) stage.hit('retry at once');
        if (current.at - previous.at > hour) stage.hit('retry hours later');
      }
      const told = shared ?? journal.entryOf(operation);
      if (stage.strikes(rates.requestLost)) {
        stage.hit('request lost');
        return;
      }
      const answer = await send(told, requestOf(told, withToken, operation.ifMatch), cell);
      if (stage.strikes(rates.answerLost)) {
        stage.hit('answer lost');
        return;
      }
      note(told, answer);
      isAnswered = isFinal(answer);
    };
    operation.sends.forEach((one, number) => {
      scheduler.after(one.at, () => stage.spawn('client', () => sendOnce(one, number)));
    });
  }

  /** What the client remembers of an answer that reached it. */
  function note(told: Told, answer: Answer): void {
    if ('version' in answer && answer.kind !== 'behind') {
      const token = tokens.get(told.stream) ?? emptyVersion;
      tokens.set(told.stream, mergeVersions(without(token, answer.capped), answer.version));
    }
    if (answer.kind === 'appended' || answer.kind === 'alreadyAppended') {
      const { event, state } = answer;
      told.effects.set(event.id, { event, body: bodyOf(state) });
    } else if (answer.kind === 'refused') told.refusals.add(answer.code);
    else if (answer.kind === 'requested') told.requested.add(answer.commandId);
  }

  return {
    start: () => {
      for (const operation of plan.operations) play(operation);
    },
    ask: async (told, cell) => {
      const answer = await send(told, requestOf(told, false, false), cell);
      note(told, answer);
      return answer;
    },
  };
}
