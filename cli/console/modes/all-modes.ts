import type { Mode } from '../order.ts';
import { ACTION_READER } from './action-reader.ts';
import { AGENT_READER } from './agent-reader.ts';
import { COMMAND_READER } from './command-reader.ts';
import { INVESTIGATOR_MODE } from './investigator-mode.ts';
import { LAUNCHER } from './launcher.ts';
import { LOADER_MODE } from './loader-mode.ts';
import { MAIN_MODE } from './main-mode.ts';
import { MANIFEST_MODE } from './manifest-mode.ts';

/** Every mode with its orders, for the documentation. */
export const ALL_MODES: readonly Pick<Mode<never>, 'name' | 'orders'>[] = [
  MAIN_MODE,
  ACTION_READER,
  COMMAND_READER,
  AGENT_READER,
  INVESTIGATOR_MODE,
  LOADER_MODE,
  MANIFEST_MODE,
  LAUNCHER,
];
