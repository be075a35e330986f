import type { Attack } from './attack.ts';
import { HOSTILE_RELAY_ATTACKS } from './hostile-relay.ts';
import { RELAY_ATTACKS } from './relay.ts';
import { TARGET_ATTACKS } from './targets.ts';
import { TOKEN_ATTACKS } from './tokens.ts';

/** Everything that is tried. */
export const ATTACKS: readonly Attack[] = [
  ...TOKEN_ATTACKS,
  ...TARGET_ATTACKS,
  ...RELAY_ATTACKS,
  ...HOSTILE_RELAY_ATTACKS,
];
