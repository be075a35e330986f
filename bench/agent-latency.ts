import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { type LogLine, openAgentRig } from './measure/agent-rig.ts';
import { summary } from './measure/statistics.ts';
import { writeResults } from './measure/write-results.ts';

const COMMANDS = 50;
const SEARCH = {
  module: 'file',
  parameters: { searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } } } },
};

/** From a command's arrival at the agent to the first byte of its module, and to its end. */
export async function benchAgentLatency(): Promise<void> {
  await using rig = await openAgentRig(ensureAgentBuilt(), {
    settings: { logging: ['  level = "debug"'] },
  });
  for (let i = 0; i < COMMANDS; i++) await rig.run([SEARCH]);
  const log = rig.log();
  const sinceReceived = (to: string) => summary(intervals(log, { from: 'message received', to }));
  writeResults('agent', [
    { what: 'command received to first byte of its module, ms', ...sinceReceived('first output') },
    { what: 'command received to accepted, ms', ...sinceReceived('command accepted') },
    { what: 'command received to answered, ms', ...sinceReceived('command finished') },
  ]);
}

/** Milliseconds from each message `from` to the next message `to`. */
function intervals(lines: readonly LogLine[], { from, to }: { from: string; to: string }): number[] {
  const found: number[] = [];
  let startedAt: number | undefined;
  for (const { msg, time } of lines) {
    if (msg === from) startedAt = Date.parse(time);
    else if (msg === to && startedAt !== undefined) {
      found.push(Date.parse(time) - startedAt);
      startedAt = undefined;
    }
  }
  return found;
}
