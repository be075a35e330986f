import { arch } from 'node:os';
import { AMD64_SYSTEM_CALLS } from './system-calls-amd64.ts';
import { ARM64_SYSTEM_CALLS } from './system-calls-arm64.ts';

const TABLES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  x64: AMD64_SYSTEM_CALLS,
  arm64: ARM64_SYSTEM_CALLS,
};

/** The numbers of system calls by name, on this machine's own architecture. */
export function systemCallNumbers(machine: string = arch()): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [first, names] of Object.entries(TABLES[machine] ?? {})) {
    for (const [index, name] of names.trim().split(/\s+/).entries()) numbers.set(name, Number(first) + index);
  }
  return numbers;
}
