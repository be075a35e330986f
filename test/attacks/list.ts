import type { Attack } from './attack.ts';
import { HOSTILE_RELAY_ATTACKS } from './hostile-relay.ts';
import { RELAY_ATTACKS } from './relay.ts';
import { TARGET_ATTACKS } from './targets.ts';
import { TOKEN_ATTACKS } from './tokens.ts';

const AREAS: readonly (readonly Attack[])[] = [
  TOKEN_ATTACKS,
  TARGET_ATTACKS,
  RELAY_ATTACKS,
  HOSTILE_RELAY_ATTACKS,
];

/** Everything that is tried; after the last of each area a whole action must be carried. */
export const ATTACKS: readonly Attack[] = AREAS.flatMap((attacks) => [
  ...attacks.slice(0, -1),
  ...attacks.slice(-1).map((attack) => Object.assign({ isProvenByAction: true as const }, attack)),
]);
