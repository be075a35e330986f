import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { bashCompletion, zshCompletion } from '../completion/bash.ts';
import { completions } from '../completion/completions.ts';
import { fishCompletion } from '../completion/fish.ts';
import { seenQuestionsFile } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { openSeenQuestions } from '../questions/seen.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `mig completion <shell>`: prints what the shell sources, so that Tab completes commands, flags and their values. */
export function completionCommand(args: readonly string[]): number {
  const { options, rest } = parseGlobalOptions(args, {});
  const [shell, extra] = rest;
  if (shell === 'questions' && extra === undefined) return printQuestionNames(options.configFile);
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

/** For the shells: the names that `mig questions list` has shown. The platform is not asked, because that needs the key. */
function printQuestionNames(configFile: string | undefined): number {
  const names = openSeenQuestions(seenQuestionsFile(configFile)).names();
  process.stdout.write(names.map((name) => `${name}\n`).join(''));
  return EXIT.ok;
}

function isShell(name: string): name is keyof typeof SHELLS {
  return Object.hasOwn(SHELLS, name);
}
