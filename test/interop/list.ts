import type { Check } from './check.ts';
import { AGENT_SEARCH_CHECKS } from './checks/agent-search.ts';
import { ADMINISTRATION_CHECKS } from './checks/console/administration.ts';
import { CREATOR_CHECKS } from './checks/console/creators.ts';
import { LAUNCHER_CHECKS } from './checks/console/launcher.ts';
import { MAIN_MODE_CHECKS } from './checks/console/main-mode.ts';
import { READER_CHECKS } from './checks/console/readers.ts';
import { SEARCH_CHECKS } from './checks/console/search.ts';
import { GENERATOR_CHECKS } from './checks/generator.ts';
import { LOADER_CHECKS } from './checks/loader.ts';
import { CONFIGURATION_CHECKS } from './checks/mig/configuration.ts';
import { MODULE_CHECKS } from './checks/mig/modules.ts';
import { OPTION_CHECKS } from './checks/mig/options.ts';
import { RUNNER_CHECKS } from './checks/runner.ts';
import { VERIFIER_CHECKS } from './checks/verifier.ts';
import { VERSION_CHECKS } from './checks/versions.ts';

/** Every check, in the order of the table. */
export const CHECKS: readonly Check[] = [
  ...VERSION_CHECKS,
  ...OPTION_CHECKS,
  ...MODULE_CHECKS,
  ...CONFIGURATION_CHECKS,
  ...MAIN_MODE_CHECKS,
  ...SEARCH_CHECKS,
  ...READER_CHECKS,
  ...LAUNCHER_CHECKS,
  ...CREATOR_CHECKS,
  ...ADMINISTRATION_CHECKS,
  ...GENERATOR_CHECKS,
  ...VERIFIER_CHECKS,
  ...AGENT_SEARCH_CHECKS,
  ...RUNNER_CHECKS,
  ...LOADER_CHECKS,
];
