import { defineModule } from '../define-module.ts';
import { EXAMPLE } from './example.ts';
import { Flags, toParameters } from './flags.ts';
import { INTRO, NOTES } from './help.ts';
import { findExcess } from './parameters/excess.ts';
import { findFlagMistake } from './parameters/flag-mistakes.ts';
import { findMistake } from './parameters/mistakes.ts';
import { Parameters } from './parameters/schema.ts';
import { findProblem, findProblemInSteps } from './parameters/validate.ts';
import { printResult, printStable } from './print.ts';

export const file = defineModule({
  name: 'file',
  summary: 'search the file system by name, size, mode, owner, time, content and hash',
  parameters: Parameters,
  described: Flags,
  findProblem,
  findProblemInSteps,
  findExcess,
  findFlagMistake,
  findMistake,
  toParameters,
  print: printResult,
  printStable,
  loadRun: async () => (await import('./run.ts')).fileRun,
  about: {
    intro: INTRO,
    notes: NOTES,
    platforms: {
      linux: 'complete',
      darwin: 'written, never run; names of owners only from /etc/passwd and /etc/group',
      windows: 'written, never run; -owner, -group and -perm: not supported',
    },
    privacy: `Path, size, mode, time and, on request, SHA-256 of each match, and the checks of the search. Never content.
With -count only numbers: no name leaves the endpoint, not even in an error. Extra privacy mode masks the paths, and the
texts of errors.`,
    example: EXAMPLE,
  },
});
