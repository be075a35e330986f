import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { anonymousMegabytes } from '../dev/simulation/resource-usage.ts';
import { cpuSeconds, type LogLine, openAgentStand } from './agent-rig.ts';
import { report, summary } from './report.ts';

const IDLE_MINUTES = 10;
const COMMANDS = 50;
const SEARCH = {
  module: 'file',
  parameters: { searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } } } },
};

/** What an agent costs its machine while nobody asks: ten minutes with two heartbeats, TLS on. */
export async function benchAgentIdle(): Promise<void> {
  await using stand = await openAgentStand(ensureAgentBuilt(), { heartbeat: '290s' });
  await sleep(20_000);
  const before = cpuSeconds(stand.pid);
  let peak = 0;
  for (let second = 0; second < IDLE_MINUTES * 60; second += 10) {
    await sleep(10_000);
    peak = Math.max(peak, anonymousMegabytes(stand.pid));
  }
  const seconds = cpuSeconds(stand.pid) - before;
  report('agent-idle', [
    {
      what: `idle for ${IDLE_MINUTES} minutes with two heartbeats`,
      rssAnonPeakMb: round(peak),
      cpuSeconds: round(seconds),
      cpuPercent: Math.round((seconds / (IDLE_MINUTES * 60)) * 100_000) / 1000,
    },
  ]);
}

/** From a command's arrival at the agent to the first byte of its module, and to its end. */
export async function benchAgent(): Promise<void> {
  await using stand = await openAgentStand(ensureAgentBuilt(), {
    settings: { logging: ['  level = "debug"'] },
  });
  for (let i = 0; i < COMMANDS; i++) await stand.run([SEARCH]);
  const since = (from: string, to: string) => summary(intervals(stand.log(), from, to));
  report('agent', [
    {
      what: 'command received to first byte of its module, ms',
      ...since('message received', 'first output'),
    },
    { what: 'command received to accepted, ms', ...since('message received', 'command accepted') },
    { what: 'command received to answered, ms', ...since('message received', 'command finished') },
  ]);
}

function intervals(lines: readonly LogLine[], from: string, to: string): number[] {
  const found: number[] = [];
  let began: number | undefined;
  for (const { msg, time } of lines) {
    if (msg === from) began = Date.parse(time);
    else if (msg === to && began !== undefined) {
      found.push(Date.parse(time) - began);
      began = undefined;
    }
  }
  return found;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
