import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../contract/agent.ts';
import { AGENT_CAPABILITIES } from '../../contract/capabilities.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { type Timestamp, timestampFromMillis } from '../../contract/go/time.ts';
import { LAST_STATUS } from '../../contract/heartbeat.ts';
import { TIME_ZERO } from '../../contract/times.ts';

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

/** The heartbeat as it goes over the relay: the Agent JSON. The last one of a process says that it is. */
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

/** `mig-agent.ok`, with exactly the keys of the sample in the concepts document. */
export function writeHeartbeatFile(runDir: string, facts: AgentFacts, nowMs: number): void {
  const { arch, ident, init, os } = facts.environment;
  const text = JSON.stringify(
    {
      destructiontime: TIME_ZERO,
      environment: { arch, ident, init },
      heartbeatts: timestampFromMillis(nowMs),
      name: facts.name,
      os,
      pid: process.pid,
      queueloc: facts.queueloc,
      starttime: facts.startedAt,
      version: facts.version,
    },
    null,
    '\t',
  );
  mkdirSync(runDir, { recursive: true, mode: 0o755 });
  replaceFile(join(runDir, 'mig-agent.ok'), `${text}\n`, 0o644);
  replaceFile(join(runDir, 'mig-agent.pid'), String(process.pid), 0o644);
}

function replaceFile(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
