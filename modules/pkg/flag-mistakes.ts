import type { ParsedFlags } from '../../contract/go/flags.ts';

/** Returns a flag that is missing, and what to write; undefined when there is none. */
export function findFlagMistake({ name }: ParsedFlags['values']): string | undefined {
  return name === undefined
    ? "-name is missing: write a pattern for the name of the package, as -name '^openssl$'"
    : undefined;
}
