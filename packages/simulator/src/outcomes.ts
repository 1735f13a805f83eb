import type { Fold, Transaction } from '@twinlog/core';
import { eventOfCommand } from './answers.ts';
import { placeOf } from './chronicle.ts';
import { acceptedIn } from './compensations.ts';
import type { Database } from './database.ts';
import { isReported, stands, unitsOf } from './invariants.ts';
import type { Journal } from './journal.ts';
import type { Stage } from './stage.ts';

/** What the runs of a policy came to, in streams unless said otherwise. */
export interface Outcomes {
  streams: number;
  /** Clients were told of captures above what was authorised. */
  overCapture: number;
  /** Clients were told of a capture and of a void. */
  captureAndVoid: number;
  /** Clients were told of refunds above all captures that were accepted anywhere. */
  overRefund: number;
  /** Commands of which clients were told two effects that both stand. */
  repeatedEffect: number;
  /** Commands answered 202: to be decided elsewhere. */
  deferred: number;
  /** Commands accepted somewhere that lost a conflict. */
  conflicts: number;
  /** Of these, commands of which a client was told that they took effect. */
  conflictsTold: number;
  /** Compensations carried out for lost conflicts. */
  compensations: number;
  /** Effects that clients were told of and that a restore from a backup lost, or left behind a loss for ever. */
  exposedEffects: number;
  /** Events that a restore lost. */
  exposedEvents: number;
  /** Commands accepted anywhere. */
  commands: number;
}

export function noOutcomes(): Outcomes {
  return {
    streams: 0,
    overCapture: 0,
    captureAndVoid: 0,
    overRefund: 0,
    repeatedEffect: 0,
    deferred: 0,
    conflicts: 0,
    conflictsTold: 0,
    compensations: 0,
    exposedEffects: 0,
    exposedEvents: 0,
    commands: 0,
  };
}

interface ToldSums {
  captured: number;
  refunded: number;
  capturedReported: number;
  refundedReported: number;
  voids: number;
}

/** A command without an id can be told from no other; but it took effect no more often than it was sent. */
function checkSendings(stage: Stage, journal: Journal, { streams }: Pick<Database, 'streams'>): void {
  const sent = new Map<string, number>();
  for (const { stream, command, commandId, sent: times } of journal.entries) {
    const key = `${stream} ${eventOfCommand[command.type]}`;
    if (commandId === undefined) sent.set(key, (sent.get(key) ?? 0) + times);
  }
  for (const [stream, events] of streams) {
    const effects = Map.groupBy(
      events.filter(({ commandid, requestof }) => commandid === undefined && requestof === undefined),
      ({ type }) => Object.values(eventOfCommand).find((end) => type.endsWith(end)),
    );
    for (const [type, found] of effects) {
      const most = sent.get(`${stream} ${type}`) ?? 0;
      if (type !== undefined && found.length > most) {
        stage.fail(
          'a command takes effect no more often than it is sent',
          `${found.length} of ${type} for ${most} sent`,
          stream,
        );
      }
    }
  }
}

/**
 * Holds what clients were told against what stands once all is healed: each effect stands, or is a reported conflict,
 * or was lost by a restore; and every excess over what the rules allow is covered by reported conflicts.
 */
export function checkTold(
  stage: Stage,
  journal: Journal,
  folds: ReadonlyMap<string, Fold<Transaction>>,
  held: Pick<Database, 'held' | 'streams'>,
  outcomes: Outcomes,
): void {
  checkSendings(stage, journal, held);
  const sums = new Map<string, ToldSums>();
  for (const { stream, command, commandId, effects, requested } of journal.entries) {
    const fold = folds.get(stream);
    if (requested.size > 0) outcomes.deferred += 1;
    for (const id of requested) {
      if (fold && !fold.claims.has(id) && fold.requests.has(id)) {
        stage.fail('a command ends in one decision', `${id} was answered 202 and never decided`, stream);
      }
    }
    const events = [...effects.values()].map(({ event }) => event);
    const safe = events.filter((event) => {
      const isLost =
        !held.held.has(event.id) || fold?.pending.some((pending) => pending.event.id === event.id);
      if (isLost) outcomes.exposedEffects += 1;
      return !isLost;
    });
    const [event] = safe;
    if (fold === undefined || event === undefined) continue;
    const twinStands =
      commandId !== undefined && fold.claims.get(commandId)?.event.fingerprint === event.fingerprint;
    for (const one of safe) {
      if (stands(fold, one) || isReported(fold, one)) continue;
      const claim = one.commandid === undefined ? undefined : fold.claims.get(one.commandid);
      const standsByTwin = twinStands && claim !== undefined && stands(fold, claim.event);
      const isOtherCreate = command.type === 'create';
      if (!standsByTwin && !isOtherCreate) {
        stage.fail('what clients were told stands or is reported', `${placeOf(one)} does neither`, stream);
      }
    }
    if (safe.filter((one) => stands(fold, one)).length > 1) outcomes.repeatedEffect += 1;
    const sum = sums.get(stream) ?? {
      captured: 0,
      refunded: 0,
      capturedReported: 0,
      refundedReported: 0,
      voids: 0,
    };
    sums.set(stream, sum);
    const reported = isReported(fold, event);
    if (reported) outcomes.conflictsTold += 1;
    if (reported && stage.hasOneDecider && command.type !== 'create') {
      stage.fail('under one decider nothing is told that does not stand', placeOf(event), stream);
    }
    if (command.type === 'capture') {
      sum.captured += unitsOf(event);
      if (reported) sum.capturedReported += unitsOf(event);
    } else if (command.type === 'refund') {
      sum.refunded += unitsOf(event);
      if (reported) sum.refundedReported += unitsOf(event);
    } else if (command.type === 'void') sum.voids += 1;
  }

  for (const [stream, { captured, refunded, capturedReported, refundedReported, voids }] of sums) {
    const state = folds.get(stream)?.state;
    if (state === undefined) continue;
    const authorised = Number(state.authorised) / (state.currency === 'JPY' ? 1 : 100);
    outcomes.streams += 1;
    if (captured > authorised) outcomes.overCapture += 1;
    const fold = folds.get(stream);
    const accepted = fold && acceptedIn(held.streams.get(stream) ?? [], fold);
    if (accepted && refunded > accepted.captured) outcomes.overRefund += 1;
    if (captured > 0 && voids > 0) outcomes.captureAndVoid += 1;
    if (captured - capturedReported > authorised) {
      const excess = `${captured} told, ${capturedReported} reported, ${authorised} authorised`;
      stage.fail('every excess is a reported conflict', excess, stream);
    }
    if (voids > 0 && captured - capturedReported > 0 && state.status === 'voided') {
      stage.fail('every excess is a reported conflict', `${captured} captured and voided`, stream);
    }
    if (refunded - refundedReported > Number(state.captured)) {
      stage.fail(
        'every excess is a reported conflict',
        `${refunded} told, ${refundedReported} reported`,
        stream,
      );
    }
  }
}
