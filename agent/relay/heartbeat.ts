import type { Environment } from '../../contract/agent.ts';
import { AGENT_CAPABILITIES } from '../../contract/capabilities.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { type Timestamp, timestampFromMillis } from '../../contract/go/time.ts';
import { LAST_STATUS } from '../../contract/heartbeat.ts';
import { TIME_ZERO } from '../../contract/times.ts';

/** The facts that the agent reports about itself. */
export interface AgentFacts {
  name: string;
  queueloc: string;
  version: string;
  mode: 'daemon' | 'checkin';
  startedAt: Timestamp;
  refreshedAt: Timestamp;
  environment: Environment;
  tags: Record<string, string>;
}

/** The heartbeat on the relay: MIG's Agent JSON. The last one of a process is marked as such. */
export function heartbeatJson(facts: AgentFacts, nowMs: number, { isLast = false } = {}): string {
  return encodeJson({
    name: facts.name,
    queueloc: facts.queueloc,
    mode: facts.mode,
    version: facts.version,
    pid: process.pid,
    starttime: facts.startedAt,
    destructiontime: TIME_ZERO,
    heartbeatts: timestampFromMillis(nowMs),
    refreshts: facts.refreshedAt,
    status: isLast ? LAST_STATUS : undefined,
    environment: facts.environment,
    tags: facts.tags,
    capabilities: AGENT_CAPABILITIES,
  });
}
