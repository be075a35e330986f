import type { Environment } from '../../contract/agent.ts';
import { timestampFromMillis, unixMillis } from '../../contract/go/time.ts';
import { BUILD } from '../config/build-info.ts';
import { cutFacts } from '../environment/cut.ts';
import type { EnvironmentDetector } from '../environment/environment.ts';
import type { AgentFacts } from './heartbeat.ts';
import type { Notices } from './notices.ts';

/** The facts that the agent reports about itself. Each update returns whether they changed. */
export interface OwnFacts {
  /** Changed in place. */
  facts: AgentFacts;
  updateEnvironment(environment: Environment): boolean;
  /** Updates the proxy of the present connection to the relay; undefined for a direct connection. */
  updateProxy(proxy: string | undefined): boolean;
  updateNotices(): boolean;
}

type FirstFacts = Omit<AgentFacts, 'refreshedAt'>;

/** Detects the environment, for the first time. */
export async function describeSelf({
  mode,
  name,
  queueloc,
  tags,
  notices,
  detectEnvironment,
}: Pick<AgentFacts, 'mode' | 'name' | 'queueloc' | 'tags'> & {
  notices: Notices;
  detectEnvironment: EnvironmentDetector;
}): Promise<OwnFacts> {
  const startedAt = timestampFromMillis(Date.now());
  const environment = await detectEnvironment();
  const facts = { name, queueloc, version: BUILD.version, mode, tags, startedAt, environment };
  return createOwnFacts(facts, { notices, now: Date.now });
}

/** Adds the present notices to the facts, and keeps them within the limits of the platform. */
export function createOwnFacts(
  first: FirstFacts,
  { notices, now }: { notices: Notices; now: () => number },
): OwnFacts {
  let detected = first.environment;
  let proxy: string | undefined;
  const facts: AgentFacts = { ...first, refreshedAt: first.startedAt };
  const update = (): boolean => {
    const { name, tags, environment, cuts } = cutFacts({
      name: first.name,
      tags: first.tags,
      environment: withProxy(detected, proxy),
    });
    if (cuts.length === 0) notices.clear('limits');
    else notices.raise('limits', `more than the platform accepts: ${cuts.join('; ')}`);
    const list = notices.list();
    const next = list.length === 0 ? environment : { ...environment, notices: list };
    if (JSON.stringify(next) === JSON.stringify(facts.environment)) return false;
    // The platform ignores facts that are not newer than those it has, even if the clock was set back.
    const refreshedMs = Math.max(now(), unixMillis(facts.refreshedAt) + 1);
    Object.assign(facts, { name, tags, environment: next, refreshedAt: timestampFromMillis(refreshedMs) });
    return true;
  };
  update();
  facts.refreshedAt = first.startedAt;
  return {
    facts,
    updateEnvironment(environment) {
      detected = environment;
      return update();
    },
    updateProxy(next) {
      proxy = next;
      return update();
    },
    updateNotices: update,
  };
}

function withProxy(environment: Environment, proxy: string | undefined): Environment {
  if (proxy === undefined) return { ...environment, isproxied: false };
  return { ...environment, isproxied: true, proxy };
}
