import { ACTION_ATTACKS } from './actions.ts';
import { AGENT_ATTACKS } from './agent.ts';
import type { Attack } from './attack.ts';
import { COLLECTOR_ATTACKS } from './collector.ts';
import { DATABASE_ATTACKS } from './database.ts';
import { ENDPOINT_ATTACKS } from './endpoint.ts';
import { FLOOD_ATTACKS } from './floods.ts';
import { HOSTILE_RELAY_ATTACKS } from './hostile-relay.ts';
import { HTTP_ATTACKS } from './http.ts';
import { INBOX_ATTACKS } from './inbox.ts';
import { LIMIT_ATTACKS } from './limits.ts';
import { LOADER_ATTACKS } from './loaders.ts';
import { RELAY_ATTACKS } from './relay.ts';
import { RIGHTS_ATTACKS } from './rights.ts';
import { SEARCH_ATTACKS } from './searches.ts';
import { SECOND_WALL_ATTACKS } from './second-wall.ts';
import { SECRET_ATTACKS } from './secrets.ts';
import { SESSION_ATTACKS } from './sessions.ts';
import { SWEEP_ATTACKS } from './sweeps.ts';
import { TARGET_ATTACKS } from './targets.ts';
import { TEMPORAL_ATTACKS } from './temporal.ts';
import { TERMINAL_ATTACKS } from './terminal.ts';
import { TOKEN_ATTACKS } from './tokens.ts';

const AREAS: readonly (readonly Attack[])[] = [
  HTTP_ATTACKS,
  TOKEN_ATTACKS,
  SESSION_ATTACKS,
  ACTION_ATTACKS,
  INBOX_ATTACKS,
  SEARCH_ATTACKS,
  TARGET_ATTACKS,
  RIGHTS_ATTACKS,
  DATABASE_ATTACKS,
  SECOND_WALL_ATTACKS,
  SECRET_ATTACKS,
  COLLECTOR_ATTACKS,
  RELAY_ATTACKS,
  HOSTILE_RELAY_ATTACKS,
  AGENT_ATTACKS,
  FLOOD_ATTACKS,
  LIMIT_ATTACKS,
  ENDPOINT_ATTACKS,
  TERMINAL_ATTACKS,
  TEMPORAL_ATTACKS,
  SWEEP_ATTACKS,
  LOADER_ATTACKS,
];

/** All attacks. After the last of each area an agent must answer a whole action. */
export const ATTACKS: readonly Attack[] = AREAS.flatMap((attacks) => [
  ...attacks.slice(0, -1),
  ...attacks.slice(-1).map((attack) => Object.assign({ isProvenByAction: true as const }, attack)),
]);
