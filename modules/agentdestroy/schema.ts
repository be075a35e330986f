import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { toTimestamp } from '../../contract/go/time.ts';
import { isSafeVersion } from '../../contract/rules/agent-version.ts';
import { option } from '../option.ts';

/** MIG has only the operation `kill`, with `pid` and `version`. */
export const Parameters = goObject({
  operation: z
    .enum(['kill', 'check', 'remove'])
    .default('kill')
    .register(option, { text: 'kill (default), check or remove' }),
  pid: z.number().int().default(0).register(option, { text: 'the process to end' }),
  version: z.string().default('').register(option, { text: 'the version that it must be' }),
  starttime: z.string().default('').register(option, {
    text: 'when it started, RFC 3339; optional, because another process may have its pid now',
  }),
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
