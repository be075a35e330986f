import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { toTimestamp } from '../../contract/go/time.ts';
import { isSafeVersion } from '../../contract/rules/agent-version.ts';

/** MIG has only the operation `kill`, with `pid` and `version`. */
export const Parameters = goObject({
  operation: z.enum(['kill', 'check', 'remove']).default('kill'),
  pid: z.number().int().default(0),
  version: z.string().default(''),
  /** When the process to kill started (RFC 3339). Another process may have the pid now. */
  starttime: z.string().default(''),
});
export type Parameters = z.infer<typeof Parameters>;

/** The highest pid on Linux. */
const MAX_PID = 4_194_304;

/** Returns the first problem with the parameters, in MIG's words; undefined when there is none. */
export function findProblem({ operation, pid, version, starttime }: Parameters): string | undefined {
  if (operation === 'check') return undefined;
  if (operation === 'kill') {
    // MIG's message names another limit, but its clients know it.
    if (pid < 2) return `PID '${pid}' is not in the range [2:65535]`;
    if (pid > MAX_PID) return `PID '${pid}' is not in the range [2:${MAX_PID}]`;
  }
  if (version === '') return `parameter 'version' is empty. Expecting version.`;
  if (!isSafeVersion(version)) {
    return `parameter 'version' with value ${JSON.stringify(version)} is invalid. Expecting version.`;
  }
  if (starttime !== '' && toTimestamp(starttime) === undefined) {
    return `parameter 'starttime' with value ${JSON.stringify(starttime)} is invalid. Expecting RFC 3339 time.`;
  }
  return undefined;
}
