import { Environment } from '../../contract/agent.ts';
import { TARGET_COLUMNS } from '../../contract/target-columns.ts';

/** A hint for a target that matches no agent. */
export const WHO_IS_REACHED = 'offline agents are reached where a target names status; see mig help target';

/** The text of `mig help target`. Its columns and fields are those that the check of targets allows. */
export const TARGET_HELP = `A target is an SQL condition over the agents, as it stands behind WHERE. Double quotes around it keep the single quotes
of its values from the shell.

Columns:
${Object.entries(TARGET_COLUMNS)
  .map(([name, meaning]) => `  ${name.padEnd(16)} ${meaning}`)
  .join('\n')}

Fields of environment, each read as environment->>'ident':
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

Agents that are online or idle are reached; others only where the target names status, and offline ones whose mode is
checkin. Of the processes of one endpoint the one that was heard of last is asked. A name for a target, in ~/.migrc:

  [targets]
    macro = web:name LIKE 'web%'

mig agents -t <target> lists whom it reaches. -target-found <id> and -target-notfound <id> narrow a target by the answers to an earlier action.
`;
