import type { Matrix } from './matrix.ts';
import type { Lag, Verdict } from './verdict.ts';

function milliseconds(lag: Lag | null): string {
  return lag ? `p50 ${lag.p50} ms, p99 ${lag.p99} ms` : 'nothing replicated';
}

/** The verdict for a person, at a glance. */
export function describeVerdict(
  verdict: Verdict,
  matrix: Pick<Matrix, 'budgetSeconds' | 'cloudBudgetSeconds'>,
): string {
  const mark = (good: boolean) => (good ? '✓' : '✗');
  const { lost, appliedTwice, converged, switchOverSeconds } = verdict;
  const rows: readonly (readonly [string, string, string])[] = [
    [' ', 'requests', `${verdict.requests}, at ${verdict.requestsPerSecond} requests a second`],
    [' ', 'acknowledged', `${verdict.acknowledged}`],
    [' ', 'refused', `${verdict.refused}, as they must be`],
    [
      mark(verdict.acknowledged + verdict.refused === verdict.requests),
      'unanswered',
      `${verdict.requests - verdict.acknowledged - verdict.refused}`,
    ],
    [mark(lost === 0), 'lost', `${lost}`],
    [mark(appliedTwice === 0), 'applied twice', `${appliedTwice}`],
    [' ', 'conflicts', `${verdict.conflicts}`],
    [mark(converged), 'both stores', converged ? 'equal' : 'DIFFERENT'],
    ...(switchOverSeconds === null
      ? []
      : [
          [
            ' ',
            'switch-over',
            `${switchOverSeconds} s; budget here ${matrix.budgetSeconds} s, in the cloud ${matrix.cloudBudgetSeconds} s`,
          ] as const,
        ]),
    [' ', 'lag AWS → Azure', milliseconds(verdict.lag.awsToAzure)],
    [' ', 'lag Azure → AWS', milliseconds(verdict.lag.azureToAws)],
  ];
  const lines = rows.map(([sign, name, value]) => `  ${sign} ${name.padEnd(16)} ${value}`);
  const sentence =
    verdict.verdict === 'pass'
      ? 'PASS: nothing acknowledged is missing, nothing took effect twice, both clouds answer alike.'
      : 'FAIL: see the lines marked ✗.';
  return ['', ...lines, '', `  ${sentence}`, ''].join('\n');
}

/** How to reach what is running, with lines ready to be pasted. */
export function describeUrls({ aws, azure, router }: Matrix): string {
  const create = (url: string, flags = '') =>
    `curl -s${flags} ${url}/transactions -H 'content-type: application/json' -H 'idempotency-key: order-1' -d '{"account_id":"acct-1","amount":"12.34","currency":"USD"}'`;
  return `
  ${aws.name}   ${aws.url}   database ${aws.databaseUrl}
  ${azure.name}    ${azure.url}   database ${azure.databaseUrl}
  router          ${router.url}

  ${create(aws.url)}
  ${create(azure.url)}
  ${create(router.url, 'L')}
  curl -s ${aws.url}/accounts/acct-1/transactions
  curl -s ${azure.url}/accounts/acct-1/transactions

  Everything listens on loopback only and accepts anyone. Ctrl-C ends it.
`;
}
