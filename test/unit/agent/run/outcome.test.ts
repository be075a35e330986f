import { expect, test } from 'vitest';
import { outcomeOf } from '../../../../agent/run/outcome.ts';

const trace = [1, 2, 3, 4, 5, 6].map((line) => `    at /home/alice/${line}`).join('\n');
const exit = { code: 1, signal: null, stdout: '', stderr: `${trace}\n` };

test('a module that fails is quoted with the end of its error output', () => {
  const { status, result } = outcomeOf('file', exit, { mask: false });
  expect(status).toBe('failed');
  expect(result.errors?.[0]).toMatch(/^runModule\(\) -> module 'file' ended with exit status 1: /);
  expect(result.errors?.[0]?.split('\n')).toHaveLength(5);
});

test('extra privacy keeps only that there was output', () => {
  const { result } = outcomeOf('file', exit, { mask: true });
  expect(result.errors).toEqual([
    "runModule() -> module 'file' ended with exit status 1: its error output is masked",
  ]);
  const killed = { code: null, signal: 'SIGSEGV', stdout: '', stderr: '' };
  expect(outcomeOf('file', killed, { mask: true }).result.errors).toEqual([
    "runModule() -> module 'file' ended with signal SIGSEGV",
  ]);
});
