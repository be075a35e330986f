import { spawn } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';
import type { ModuleResult } from '../../contract/module-result.ts';

export interface ProcessOptions {
  agent: string;
  /** More than enough by default; null sends none, as MIG's own programs do. */
  terms?: { timeoutms: number; maxbytes: number } | null;
  uid?: number;
  /** The command line in front of the executable. */
  wrapper?: readonly string[];
  /** Variables beside those of this process. */
  env?: NodeJS.ProcessEnv;
  /** The milliseconds after which the process is ended. */
  timeout?: number;
}

const LONG = { timeoutms: 600_000, maxbytes: 2 ** 40 };

/** Runs a module as an agent does: a process that reads one message and prints one result. */
export async function runModule(
  module: string,
  parameters: unknown,
  { agent, terms = LONG, wrapper = [], env = {}, ...options }: ProcessOptions,
): Promise<ModuleResult> {
  const [program = agent, ...args] = [...wrapper, agent, '-m', module];
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...options,
  });
  child.stdin.end(`${JSON.stringify({ class: 'parameters', parameters, ...(terms && { terms }) })}\n`);
  const [output, complaints] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  if (output.length === 0) throw new Error(`no result: ${complaints}`);
  return JSON.parse(output.toString());
}
