import { expect, test } from 'vitest';
import { parseProcessStat, readProcessStat } from '../../../../platform/machine/proc-stat.ts';

test('the fields are counted from the end of the name, whatever the name contains', () => {
  const text =
    '4242 (mig) R 1 (x) T 17 4200 4200 0 -1 4194560 9 8 7 6 150 50 30 20 20 0 1 0 987654 1000 200 1844';
  expect(parseProcessStat(text)).toEqual({
    name: 'mig) R 1 (x',
    state: 'T',
    parentPid: 17,
    processGroup: 4200,
    flags: 4_194_560,
    cpuMs: 2000,
    endedChildrenCpuMs: 500,
    startTicks: 987_654,
  });
});

test('a text that ends too early is refused', () => {
  expect(() => parseProcessStat('1 (init) S 0 1 1')).toThrow('no number in field 9');
});

test.runIf(process.platform === 'linux')('our own process is found, an unused PID is not', () => {
  expect(readProcessStat(process.pid)?.parentPid).toBe(process.ppid);
  expect(readProcessStat(0)).toBeUndefined();
});
