import type { Check } from './check.ts';
import { AGENT_SEARCH_CHECKS } from './checks/agent-search.ts';
import { ACTION_READER_CHECKS } from './checks/console/action-reader.ts';
import { CREATOR_CHECKS } from './checks/console/creators.ts';
import { INVESTIGATOR_CHECKS } from './checks/console/investigators.ts';
import { LAUNCH_CHECKS } from './checks/console/launch.ts';
import { LAUNCHER_CHECKS } from './checks/console/launcher.ts';
import { LOADER_ORDER_CHECKS } from './checks/console/loaders.ts';
import { MAIN_MODE_CHECKS } from './checks/console/main-mode.ts';
import { MANIFEST_CHECKS } from './checks/console/manifests.ts';
import { READER_CHECKS } from './checks/console/readers.ts';
import { SEARCH_CHECKS } from './checks/console/search.ts';
import { GENERATOR_CHECKS } from './checks/generator.ts';
import { LOADER_CHECKS } from './checks/loader.ts';
import { CONFIGURATION_CHECKS } from './checks/mig/configuration.ts';
import { MODULE_CHECKS } from './checks/mig/modules.ts';
import { OPTION_CHECKS } from './checks/mig/options.ts';
import { SIGNER_CHECKS } from './checks/mig/signers.ts';
import { TARGET_CHECKS } from './checks/mig/targets.ts';
import { RUNNER_CHECKS } from './checks/runner.ts';
import { VERIFIER_CHECKS } from './checks/verifier.ts';
import { VERSION_CHECKS } from './checks/versions.ts';

/** Every check, in the order of the table. */
export const CHECKS: readonly Check[] = [
  ...VERSION_CHECKS,
  ...OPTION_CHECKS,
  ...TARGET_CHECKS,
  ...SIGNER_CHECKS,
  ...MODULE_CHECKS,
  ...CONFIGURATION_CHECKS,
  ...MAIN_MODE_CHECKS,
  ...SEARCH_CHECKS,
  ...ACTION_READER_CHECKS,
  ...READER_CHECKS,
  ...LAUNCHER_CHECKS,
  ...LAUNCH_CHECKS,
  ...CREATOR_CHECKS,
  ...INVESTIGATOR_CHECKS,
  ...LOADER_ORDER_CHECKS,
  ...MANIFEST_CHECKS,
  ...GENERATOR_CHECKS,
  ...VERIFIER_CHECKS,
  ...AGENT_SEARCH_CHECKS,
  ...RUNNER_CHECKS,
  ...LOADER_CHECKS,
];
