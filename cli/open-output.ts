import { terminalEnvironment } from './config.ts';
import { createOutput, type Output } from './terminal/output.ts';

/** The output of this process. Every line goes through it. */
export function openOutput(): Output {
  return createOutput({ stdout: process.stdout, stderr: process.stderr, env: terminalEnvironment() });
}
