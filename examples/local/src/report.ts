import type { CutRequests } from './failover.ts';
import type { Matrix } from './matrix.ts';
import type { Outcome } from './run.ts';
import type { Lag, Recovery } from './timings.ts';
import type { Verdict } from './verdict.ts';

function describeLag(lag: Lag | null): string {
  if (lag === null) return 'nothing replicated';
  const healthy = lag.healthy
    ? `p50 ${lag.healthy.p50} ms, p99 ${lag.healthy.p99} ms with both cells up; `
    : '';
  return `${healthy}p50 ${lag.p50} ms, p99 ${lag.p99} ms in all`;
}

function describeDeferred({ count, p50, p99, max }: Verdict['deferred']): string {
  return count === 0 ? '0' : `${count}, decided after p50 ${p50} ms, p99 ${p99} ms, at most ${max} ms`;
}

function describeCompensations({ count, addUp }: Verdict['compensations']): string {
  const sum = addUp
    ? 'they come to what clients were told less what stands'
    : 'NOT what clients were told less what stands';
  return `${count}; ${sum}`;
}

/** The verdict in a sentence. */
export function describeSummary({
  requests,
  acknowledged,
  refused,
  lost,
  appliedTwice,
  staleReads,
  converged,
}: Verdict): string {
  return `${requests} request${requests === 1 ? '' : 's'}: ${acknowledged} acknowledged, ${refused} refused, ${lost} lost, ${appliedTwice} applied twice, ${staleReads} stale reads; the stores are ${converged ? 'equal' : 'different'}.`;
}

/** What the median client of the library should be through an outage in, whatever DNS does. */
const recoveryGoalSeconds = 2;

type Row = readonly [good: boolean | undefined, name: string, value: string];

/** The verdict for a person, at a glance. */
export function describeVerdict(
  { verdict, cut }: Outcome,
  budgets: Pick<Matrix, 'budgetSeconds' | 'cloudBudgetSeconds'>,
): string {
  const { requests, acknowledged, refused, lost, appliedTwice, converged, switchOverSeconds, staleReads } =
    verdict;
  const { compensations } = verdict;
  const unanswered = requests - acknowledged - refused;
  const { budgetSeconds, cloudBudgetSeconds } = budgets;
  const rows: readonly Row[] = [
    [undefined, 'policy', verdict.policy],
    [undefined, 'requests', `${requests}, at ${verdict.requestsPerSecond} requests a second`],
    [undefined, 'acknowledged', `${acknowledged}`],
    [undefined, 'refused', `${refused}`],
    [unanswered === 0, 'unanswered', `${unanswered}`],
    [lost === 0, 'lost', `${lost}`],
    [appliedTwice === 0, 'applied twice', `${appliedTwice}`],
    [
      staleReads === 0,
      'stale reads',
      `${staleReads} of ${verdict.reads} reads; the router of some fails over all the time`,
    ],
    [converged, 'both stores', converged ? 'equal' : 'DIFFERENT'],
    [undefined, 'deferred', describeDeferred(verdict.deferred)],
    [undefined, 'conflicts', `${verdict.conflicts}, ${verdict.settlements} of them settled`],
    [compensations.addUp, 'compensations', describeCompensations(compensations)],
    ...(cut ? outageRows(cut) : []),
    ...(switchOverSeconds === null
      ? []
      : ([
          [
            switchOverSeconds <= budgetSeconds,
            'switch-over',
            `${switchOverSeconds} s of a budget of ${budgetSeconds} s here; in the cloud the budget is ${cloudBudgetSeconds} s`,
          ],
        ] satisfies Row[])),
    ...(verdict.recovery ? recoveryRows(verdict.recovery) : []),
    [undefined, 'lag AWS → Azure', describeLag(verdict.lag.awsToAzure)],
    [undefined, 'lag Azure → AWS', describeLag(verdict.lag.azureToAws)],
  ];
  const sign = (good: boolean | undefined) => (good === undefined ? ' ' : good ? '✓' : '✗');
  const lines = rows.map(([good, name, value]) => `  ${sign(good)} ${name.padEnd(16)} ${value}`);
  const sentence =
    verdict.verdict === 'pass'
      ? 'PASS: nothing acknowledged is missing, nothing took effect twice, both stores are equal.'
      : 'FAIL: see the lines marked ✗.';
  return ['', ...lines, '', `  ${sentence}`, '', ''].join('\n');
}

function outageRows({ inFlight, afterTheWrite }: CutRequests): readonly Row[] {
  return [[undefined, 'cut in flight', `${inFlight} requests, ${afterTheWrite} of them after their write`]];
}

/** What clients near the dead cell went through, by how they find a cell. */
function recoveryRows({ dns, sdk }: NonNullable<Verdict['recovery']>): readonly Row[] {
  const text = (recovery: Recovery | null) =>
    recovery ? `median ${recovery.medianSeconds} s, at most ${recovery.maxSeconds} s` : 'met no outage';
  return [
    [
      sdk === null ? undefined : sdk.medianSeconds < recoveryGoalSeconds,
      'client library',
      `answered after ${text(sdk)}`,
    ],
    [undefined, 'DNS alone', `answered after ${text(dns)}; the cloud's clock is ten times as slow`],
  ];
}

/** How to reach what is running, with lines ready to be pasted. */
export function describeUrls({ aws, azure, router, operatorKey }: Matrix, page: string): string {
  const create = (url: string, flags = '') =>
    `curl -s${flags} ${url}/transactions -H 'content-type: application/json' -H 'idempotency-key: order-1' -d '{"account_id":"acct-1","amount":"12.34","currency":"USD"}'`;
  return `
  console         ${page}
  ${aws.name}   ${aws.url}   database ${aws.databaseUrl}
  ${azure.name}    ${azure.url}   database ${azure.databaseUrl}
  router          ${router.url}

  ${create(aws.url)}
  ${create(azure.url)}
  ${create(router.url, 'L')}
  curl -s ${aws.url}/accounts/acct-1/transactions
  curl -s ${azure.url}/accounts/acct-1/transactions
  TWINLOG_CELLS=${aws.name}=${aws.url},${azure.name}=${azure.url} TWINLOG_KEY=${operatorKey} npx twinlog status

  Everything listens on loopback only and accepts anyone. Ctrl-C ends it.
`;
}
