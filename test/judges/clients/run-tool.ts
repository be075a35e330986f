import { spawnSync } from 'node:child_process';

const TIMEOUT_MS = 300_000;

/** A compiled program that uses a generated client. */
export interface GeneratedClient {
  generator: string;
  /** Arguments: the address of the API, an API key, the signed action. Returns what it prints. */
  run(args: readonly string[]): string;
}

/** Runs a generator, a compiler or a client. Returns its output; throws with its errors. */
export function runTool(command: string, args: readonly string[], cwd: string): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${(stderr + stdout).slice(-4000)}`);
  return stdout;
}
