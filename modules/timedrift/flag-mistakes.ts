import type { ParsedFlags } from '../../contract/go/flags.ts';
import { driftMistake } from './schema.ts';

/** Returns a drift that is wrong, and what to write; undefined when there is none. */
export function findFlagMistake({ drift }: ParsedFlags['values']): string | undefined {
  if (drift === undefined || driftMistake(String(drift)) === undefined) return undefined;
  return `-drift ${JSON.stringify(drift)}: write numbers with their units (ns us ms s m h), as 5s or 1m30s`;
}
