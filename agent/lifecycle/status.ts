import type { RelayOptions, Session } from '../../platform/rabbitmq/session.ts';
import type { HandlerDeps } from '../command/deps.ts';
import type { ModuleState } from '../persistent/supervise.ts';
import type { AgentFacts } from '../relay/heartbeat.ts';
import type { Notices } from '../relay/notices.ts';

/** The answer to `mig-agent -q status`; MIG's names. */
export function describeStatus({
  facts,
  deps,
  relay,
  session,
  isConnected,
  limits,
  persistent,
  notices,
  isSuccessor,
}: {
  facts: AgentFacts;
  deps: Pick<HandlerDeps, 'work' | 'journal'>;
  relay: RelayOptions;
  session: Session;
  isConnected: boolean;
  /** How modules are kept within their limits. */
  limits: string;
  persistent: readonly ModuleState[];
  notices: Notices;
  isSuccessor: boolean;
}) {
  return {
    pid: process.pid,
    version: facts.version,
    name: facts.name,
    queueloc: facts.queueloc,
    mode: facts.mode,
    starttime: facts.startedAt,
    connected: isConnected,
    limits,
    persistentmodules: persistent,
    running: deps.work.running,
    unconfirmedanswers: deps.journal.unconfirmed().length,
    environment: facts.environment,
    tags: facts.tags,
    relay: {
      address: `${relay.host}:${relay.port}`,
      proxy: session.proxy(),
      problem: session.problem(),
    },
    notices: notices.list(),
    startedbyupgrade: isSuccessor,
  };
}
