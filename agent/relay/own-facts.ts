import type { Environment } from '../../contract/agent.ts';
import { timestampFromMillis, unixMillis } from '../../contract/go/time.ts';
import { cutFacts } from '../environment/cut.ts';
import type { AgentFacts } from './heartbeat.ts';
import type { Notices } from './notices.ts';

/** What the agent says of itself. Each of these is true when something changed, and then the platform is to be told. */
export interface OwnFacts {
  facts: AgentFacts;
  /** The environment was looked at. */
  found(environment: Environment): boolean;
  /** There is a connection, through this proxy or directly. */
  connected(proxy: string | undefined): boolean;
  /** There are other notices. */
  noticed(): boolean;
}

/** Keeps what heartbeats say: what was found, cut to what the platform takes, with the notices of the moment. */
export function createOwnFacts(
  base: Omit<AgentFacts, 'refreshedAt' | 'environment'> & { environment: Environment },
  { notices, now }: { notices: Notices; now: () => number },
): OwnFacts {
  let found = base.environment;
  let proxy: string | undefined;
  const facts: AgentFacts = { ...base, refreshedAt: base.startedAt };
  const update = (): boolean => {
    const { name, tags, environment, cuts } = cutFacts({
      name: base.name,
      tags: base.tags,
      environment: {
        ...found,
        isproxied: proxy !== undefined,
        ...(proxy === undefined ? {} : { proxy }),
      },
    });
    if (cuts.length === 0) notices.end('limits');
    else notices.say('limits', `more than the platform takes: ${cuts.join('; ')}`);
    const list = notices.list();
    const next = list.length === 0 ? environment : { ...environment, notices: list };
    if (JSON.stringify(next) === JSON.stringify(facts.environment)) return false;
    // The platform takes what is newer than it knows, also when the clock was set back meanwhile.
    const refreshedMs = Math.max(now(), unixMillis(facts.refreshedAt) + 1);
    Object.assign(facts, { name, tags, environment: next, refreshedAt: timestampFromMillis(refreshedMs) });
    return true;
  };
  update();
  facts.refreshedAt = base.startedAt;
  return {
    facts,
    found(environment) {
      found = environment;
      return update();
    },
    connected(by) {
      proxy = by;
      return update();
    },
    noticed: update,
  };
}
