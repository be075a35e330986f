import { generateActionCommand } from './action/generate.ts';
import { launchActionCommand } from './action/launch.ts';
import { verifyActionCommand } from './action/verify.ts';
import { runVerb } from './run-verb.ts';
import { signCommand } from './sign.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['generate', generateActionCommand],
  ['sign', signCommand],
  ['verify', verifyActionCommand],
  ['launch', launchActionCommand],
]);

/** `mig action <verb> …`. */
export function actionCommand(args: readonly string[]): Promise<number> {
  return runVerb('action', COMMANDS, args);
}
