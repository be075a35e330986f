import { Environment } from '../../contract/agent.ts';
import { TARGET_COLUMNS } from '../../contract/target-columns.ts';

/** A hint for a target that matches no agent. */
export const WHO_IS_REACHED = 'a target reaches offline agents only if it names status; see mig help target';

/** The text of `mig help target`. Its columns and fields are those that the check of targets allows. */
export const TARGET_HELP = `A target is an SQL condition over the agents, as after WHERE. Put it in double quotes, to keep the single quotes of its
values from the shell. -t local is no condition: it runs a module on this machine, without agent, key or server.

Columns:
${Object.entries(TARGET_COLUMNS)
  .map(([name, meaning]) => `  ${name.padEnd(16)} ${meaning}`)
  .join('\n')}

Fields of environment, each written as environment->>'ident':
  ${Object.keys(Environment.out.shape).join(', ')}

Examples:
  -t "os='linux'"
  -t "name LIKE '%.example.net' AND mode='daemon'"
  -t "name ~ '^web[0-9]+$'"
  -t "version <> '20260101+abcdef0.prod'"
  -t "heartbeattime > now() - interval '5 minutes'"
  -t "status IN ('online', 'offline')"
  -t "tags->>'operator'='it'"
  -t "environment->>'arch'='arm64'"
  -t "environment->>'ident' ILIKE '%ubuntu%'"
  -t "environment->>'addresses' LIKE '%10.1.2.%'"

A target reaches agents that are online or idle, and offline ones if their mode is checkin or the target names status. Of
several processes on one endpoint, the one with the latest heartbeat is asked. A macro in ~/.migrc names a target:

  [targets]
    macro = web:name LIKE 'web%'

mig agents -t <target> lists the agents that it reaches. -target-found <id> and -target-notfound <id> narrow a target by the
answers to an earlier action.
`;
