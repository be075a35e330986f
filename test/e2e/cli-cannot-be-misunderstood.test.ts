import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShell, type Shell, type ShellRun } from '../setup/shell-lines.ts';

const TABLE = fileURLToPath(new URL('../fixtures/mistyped-lines.txt', import.meta.url));
/** As much of what a line prints as the table holds. */
const SHOWN = 3;
const AT_ONCE = 2;

let shell: Shell;
beforeAll(() => {
  shell = openShell();
});
afterAll(() => shell?.[Symbol.dispose]());

describe('the table of mistyped command lines', () => {
  // `vitest run -u` writes it anew; every line of it is reviewed.
  test('prints what it says, and none ends as if all was well', async () => {
    const lines = [...readFileSync(TABLE, 'utf8').matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line);
    expect(new Set(lines).size).toBeGreaterThanOrEqual(60);
    const runs = await runAll(lines);
    await expect(lines.map((line, i) => block(line, runs[i])).join('\n')).toMatchFileSnapshot(TABLE);
    for (const [i, run] of runs.entries()) {
      expect({ line: lines[i], status: run.status }).not.toMatchObject({ status: 0 });
      expect({ line: lines[i], printed: run.printed }).not.toMatchObject({ printed: '' });
    }
  });
});

async function runAll(lines: readonly string[]): Promise<ShellRun[]> {
  const runs: ShellRun[] = [];
  let next = 0;
  const work = async () => {
    while (next < lines.length) {
      const place = next++;
      runs[place] = await shell.run(lines[place] ?? '');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return runs;
}

function block(line: string, run: ShellRun | undefined): string {
  const printed = (run?.printed ?? '').trimEnd().split('\n');
  const rest = printed.length - SHOWN;
  const shown = rest > 0 ? [...printed.slice(0, SHOWN), `(${rest} more lines)`] : printed;
  return [`$ ${line}`, ...shown, `exit ${run?.status}`, ''].join('\n');
}
