import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { bashCompletion, zshCompletion } from '../completion/bash.ts';
import { completions } from '../completion/completions.ts';
import { fishCompletion } from '../completion/fish.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `mig completion <shell>`: prints what the shell sources, so that Tab completes commands, flags and their values. */
export function completionCommand(args: readonly string[]): number {
  const [shell, extra] = parseGlobalOptions(args, {}).rest;
  if (shell === undefined) throw new MigError('usage', USAGES.completion);
  if (!isShell(shell))
    throw new MigError(
      'usage',
      `${USAGES.completion}; no completion for ${JSON.stringify(shell)}${didYouMean(shell, Object.keys(SHELLS))}`,
    );
  if (extra !== undefined)
    throw new MigError('usage', `${USAGES.completion}; unexpected word ${JSON.stringify(extra)}`);
  process.stdout.write(`${SHELLS[shell](completions())}\n`);
  return EXIT.ok;
}

function isShell(name: string): name is keyof typeof SHELLS {
  return Object.hasOwn(SHELLS, name);
}
