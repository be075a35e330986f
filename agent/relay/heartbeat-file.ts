import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import type { Logger } from '../../platform/log.ts';
import type { AgentFacts } from './heartbeat.ts';

export const HEARTBEAT_FILE = 'mig-agent.ok';

/** Returns a function that writes the heartbeat file, and logs the first of several failures in a row. */
export function createHeartbeatFile({
  runDir,
  facts,
  log,
}: {
  runDir: string;
  facts: AgentFacts;
  log: Logger;
}): (nowMs: number) => void {
  let isFailing = false;
  return (nowMs) => {
    try {
      writeHeartbeatFile(runDir, facts, nowMs);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ error: errorMessage(error) }, 'heartbeat file not written');
      isFailing = true;
    }
  };
}

/** Writes `mig-agent.ok`, with exactly the keys of the sample in MIG's concepts document, and the file with the pid. */
function writeHeartbeatFile(runDir: string, facts: AgentFacts, nowMs: number): void {
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
  replaceFile(join(runDir, HEARTBEAT_FILE), `${text}\n`);
  replaceFile(join(runDir, 'mig-agent.pid'), String(process.pid));
}

function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o644 });
  renameSync(`${file}.new`, file);
}
