import type { Resources } from '../../platform/async/resources.ts';
import type { Logger } from '../../platform/log.ts';
import { type OpenHandler, openHandler } from '../command/open-handler.ts';
import type { AgentConfig } from '../config/config.ts';
import { createEnvironmentDetector, type EnvironmentDetector } from '../environment/environment.ts';
import { detectHostName } from '../environment/host-name.ts';
import { detectMachine } from '../environment/machine.ts';
import { createSocketLookup, type SocketLookup } from '../persistent/socket-lookup.ts';
import { loadIdentity, noteIdentity } from '../relay/identity.ts';
import { Notices } from '../relay/notices.ts';
import { describeSelf, type OwnFacts } from '../relay/own-facts.ts';
import { createSuccessorStart } from './upgrade/start-successor.ts';

export interface StartOptions {
  config: AgentConfig;
  mode: 'daemon' | 'checkin';
  /** `waiting`: next to an old agent, which handles the endpoint's commands; `successor`: took over from one. */
  role?: 'agent' | 'waiting' | 'successor';
  /** Started with `-n`: without persistent modules. */
  isWithoutPersistent?: boolean;
  log: Logger;
}

/** The parts of an agent that need no relay. */
export interface OfflineAgent {
  name: string;
  queueloc: string;
  handler: OpenHandler;
  notices: Notices;
  own: OwnFacts;
  detectEnvironment: EnvironmentDetector;
  persistent: SocketLookup;
}

/** Loads the identity, opens the files of the agent, and detects its environment. */
export async function openOfflineAgent(
  { config, mode, log }: StartOptions,
  resources: Resources,
): Promise<OfflineAgent> {
  const name = await detectHostName(config.hostname);
  const identity = loadIdentity({ ...config, name, machine: await detectMachine() });
  const { queueloc } = identity;
  const followUpSteps = { upgrade: createSuccessorStart({ ...config, mode, log }) };
  const persistent = createSocketLookup();
  const handler = await openHandler(
    { config, queueloc, followUpSteps, persistSocket: persistent.socketOf, log },
    resources,
  );
  const notices = new Notices({ log, report: handler.deps.report });
  noteIdentity(identity, notices);
  notices.noteSettings([...config.warnings, ...handler.keyProblems]);
  const detectEnvironment = createEnvironmentDetector(config);
  const { tags } = config;
  const own = await describeSelf({ mode, name, queueloc, tags, notices, detectEnvironment });
  return { name, queueloc, handler, notices, own, detectEnvironment, persistent };
}
