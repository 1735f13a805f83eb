import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('simulate.ts', import.meta.url));

function simulate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=twinlog-source', program, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test.concurrent.each([
  [['--policy', 'coin-toss'], '--policy is "coin-toss"; it takes any-cell or home-cell.'],
  [['--seeds', '0'], '--seeds is "0"; it takes a whole number from 1 to 1000000000.'],
  [['--seed', 'abc'], '--seed is "abc"; it takes a whole number from 0 to 9007198254740991.'],
  [['--seeds', '-5'], "Option '--seeds' argument is ambiguous."],
  [['--cells', '6'], '--cells is "6"; it takes a whole number from 2 to 5.'],
  [['--cells', '1'], '--cells is "1"; it takes a whole number from 2 to 5.'],
  [['--speed', '9'], "Unknown option '--speed'"],
])('%j is refused with one line and exit code 2', async (args, line) => {
  const { code, stdout, stderr } = await simulate(...args);
  expect({ code, stdout, lines: stderr.trim().split('\n') }).toEqual({ code: 2, stdout: '', lines: [line] });
});

test.concurrent('a run prints hits, outcomes, the rate and what was never met', async () => {
  const { code, stdout } = await simulate('--seeds', '5', '--seed', '7');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Faults that struck:/);
  expect(stdout).toMatch(/Outcomes under any-cell:/);
  expect(stdout).toMatch(
    /5 seeds, 2 cells, [0-9]+ seeds a second \([0-9]+ a second of a core's time\), trace hash [0-9a-f]{16}/,
  );
  expect(stdout).toMatch(/Never met: .*R3 pending: unseen/);
  expect(stdout).toMatch(/No violation\.\n$/);
});

test.concurrent('with --json the result is one JSON object on standard output', async () => {
  const { stdout } = await simulate('--seeds', '3', '--json', '--cells', '3');
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({
    policy: 'any-cell',
    cells: 3,
    firstSeed: 1,
    seeds: 3,
    outcomes: { repeatedEffect: 0 },
  });
});
