import { MigError } from '../../../contract/errors.ts';
import { runPowershell } from '../../../platform/machine/powershell.ts';
import type { Entry } from '../entry.ts';
import { parseRunKeys, RUN_KEYS } from './registry.ts';
import { runKeyEntries } from './run-keys.ts';

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** What starts by itself on Windows: only the run keys are read. */
export async function* listWindowsEntries(
  report: { onDenied(key: string): void },
  { leftMs }: { leftMs: number },
): AsyncGenerator<Entry> {
  const timeoutMs = Math.min(TIMEOUT_MS, leftMs);
  const json = await runPowershell(RUN_KEYS, { timeoutMs, maxBytes: MAX_BYTES }).catch((cause) => {
    // Its own message has the whole script.
    throw new MigError('unavailable', 'PowerShell did not print the run keys', { cause });
  });
  yield* runKeyEntries(parseRunKeys(json), report);
}
