import { type Contender, checkEndState } from './contender.ts';
import { castore } from './contenders/castore.ts';
import { emmett } from './contenders/emmett.ts';
import { equinox } from './contenders/equinox.ts';
import { twinlog } from './contenders/twinlog.ts';
import { interleave, ratePerSecond, ratioOf, type Spread, spreadOf } from './rounds.ts';
import { commandsOf, type Shape, scriptsOf } from './workload.ts';

export const peers: readonly Contender[] = [castore, emmett, equinox];

/**
 * How often a library plays a shape in a round, each time on an empty store; the better play counts. A play takes a
 * tenth of a second, in which something else on the machine may well have the processor.
 */
const playsPerRound = 2;

export interface CommandResult {
  readonly name: string;
  readonly version: string;
  /** Commands per second. */
  readonly rate: Spread;
  /** Against the fastest peer, round by round. */
  readonly ratio: Spread;
}

export interface ShapeResult {
  readonly shape: Shape;
  readonly rounds: number;
  readonly fastestPeer: string;
  /** Twinlog first, then the peers, the fastest first. */
  readonly results: readonly CommandResult[];
  /** At least as fast as the fastest peer, by the median of the rounds' ratios. */
  readonly goalMet: boolean;
}

/**
 * Commands per second of each library on one shape.
 * @throws WrongEndStateError as soon as a library ends a round with other amounts than the scripts say.
 */
export async function compareCommands(
  shape: Shape,
  rounds: number,
  progress: (message: string) => void,
  rateOf: typeof ratePerSecond = ratePerSecond,
): Promise<ShapeResult> {
  const scripts = scriptsOf(shape);
  const measured = await interleave([twinlog, ...peers], rounds, async (contender, round) => {
    progress(`${shape.streams} × ${shape.commandsPerStream}: ${round}, ${contender.name}`);
    let best = 0;
    for (let play = 0; play < playsPerRound; play++) {
      const contestant = contender.prepare(scripts);
      best = Math.max(best, await rateOf(commandsOf(shape), contestant.play));
      await checkEndState(contender.name, contestant, scripts);
    }
    return best;
  });

  const ratesOf = (contender: Contender): readonly number[] => measured.get(contender) ?? [];
  const medianOf = (contender: Contender): number => spreadOf(ratesOf(contender)).median;
  const ranked = peers.toSorted((a, b) => medianOf(b) - medianOf(a));
  const [fastest = twinlog] = ranked;
  const results = [twinlog, ...ranked].map((contender): CommandResult => {
    const rates = ratesOf(contender);
    const { name, version } = contender;
    return { name, version, rate: spreadOf(rates), ratio: ratioOf(rates, ratesOf(fastest)) };
  });
  const goalMet = ratioOf(ratesOf(twinlog), ratesOf(fastest)).median >= 1;
  return { shape, rounds, fastestPeer: fastest.name, results, goalMet };
}
