import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Rig } from './rig.ts';
import { excerpt, type ProgramRun } from './run-go-program.ts';

/** The end of the output when the console, or a module inside it, waits for a line. */
const PROMPT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the console colours its prompts
  /(?:mig|launcher|(?:action|agent|command|inv|loader|manifest) \d+|name|expectenv|target|contentpath|pubkey|label|search|search '\w+'|ping|drift|\((?:y\/n|Y\/n|yes\/no)\))> ?(?:\u001b\[0m)? ?$/;
const TIMEOUT_MS = 60_000;

/**
 * Types lines into MIG's console, each when it is asked for one, and then ends its input as ctrl+d does. Modules ask with a
 * reader of their own, which would swallow what is typed ahead.
 */
export async function typeInConsole(
  rig: Rig,
  lines: readonly string[],
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<ProgramRun> {
  const child = spawn(rig.executables['mig-console'], args, {
    env: { HOME: rig.bob.home, PATH: process.env.PATH ?? '', TERM: 'dumb', LANG: 'C.UTF-8', ...env },
  });
  const closed = once(child, 'close');
  const output = { stdout: '', stderr: '' };
  const waiting = [...lines];
  let answeredTo = 0;
  const answerPrompt = () => {
    if (!PROMPT.test(output.stdout.slice(answeredTo))) return;
    answeredTo = output.stdout.length;
    const line = waiting.shift();
    if (line === undefined) child.stdin.end();
    else child.stdin.write(`${line}\n`);
  };
  child.stdin.on('error', () => {}); // it may end by itself
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    answerPrompt();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  const [status, signal] = await closed;
  clearTimeout(timer);
  if (signal === 'SIGKILL') throw new Error(`the console did not end: ${excerpt(output)}`);
  return { status, ...output };
}
