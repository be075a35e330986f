import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { anonymousMegabytes } from '../dev/simulation/resident-memory.ts';
import { openAgentRig } from './measure/agent-rig.ts';
import { cpuSecondsOf } from './measure/cpu-seconds.ts';
import { round } from './measure/statistics.ts';
import { writeResults } from './measure/write-results.ts';

const IDLE_MINUTES = 10;
const SETTLE_MS = 20_000;
const SAMPLE_EVERY_S = 10;

/** What an idle agent costs its machine: ten minutes with two heartbeats, over TLS. */
export async function benchAgentIdle(): Promise<void> {
  await using rig = await openAgentRig(ensureAgentBuilt(), { heartbeat: '290s' });
  await sleep(SETTLE_MS);
  const before = cpuSecondsOf(rig.pid);
  let peakMb = 0;
  for (let second = 0; second < IDLE_MINUTES * 60; second += SAMPLE_EVERY_S) {
    await sleep(SAMPLE_EVERY_S * 1000);
    peakMb = Math.max(peakMb, anonymousMegabytes(rig.pid));
  }
  const cpuSeconds = cpuSecondsOf(rig.pid) - before;
  writeResults('agent-idle', [
    {
      what: `idle for ${IDLE_MINUTES} minutes with two heartbeats`,
      rssAnonPeakMb: round(peakMb, 1),
      cpuSeconds: round(cpuSeconds, 1),
      cpuPercent: round((cpuSeconds / (IDLE_MINUTES * 60)) * 100, 3),
    },
  ]);
}
