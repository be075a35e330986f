import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { Flags, findFlagMistake, toParameters } from './flags.ts';
import { printResult } from './print.ts';
import { Parameters } from './schema.ts';
import { findMistake, findProblem, findProblemInSteps } from './validate.ts';

export const yara = defineModule({
  name: 'yara',
  summary: 'scan files with YARA rules',
  parameters: Parameters,
  described: Flags,
  findProblem,
  findProblemInSteps,
  findMistake,
  findFlagMistake,
  toParameters,
  print: printResult,
  loadRun: async () => (await import('./run.ts')).yaraRun,
  about: {
    intro: `The files are those that module file finds with the flags in -files. The rules are compiled on the endpoint by YARA-X.
Its modules may be imported (pe, elf, macho, dotnet, hash, math and others); other files may not be included.`,
    notes: `The flags in -files are separated by blanks, and a value with blanks is in quotes: "-path /srv -content 'a b'". Without
-matchlimit they find at most 1,000 files. Files are scanned as they are: -decompress concerns the search only.

Try rules with -t local first: an error in them is found when they are compiled.

A file over 32 MB is scanned in pieces that overlap by 1 MB. A rule is then decided from patterns, their number and place,
filesize, integers at fixed places (uint16(0)) and other rules; an error names those rules that need more, as an imported
module. Matches longer than 1 MB may be missed there. Large files are scanned last.

A pattern counts at most 10,000 matches in a file, and at most 1,000 when the rules have thousands of patterns. A file may
take 10 seconds of the processor, and one more for each MB. An error names a file that took longer; when its rule cannot be
interrupted, the scan ends there with what it found. The module takes about 210 MB of memory at most.`,
    platforms: {
      linux: 'complete',
      darwin: 'written, never run',
      windows: 'written, never run',
    },
    privacy: `Path of each file that matches, and the names of its rules. Never content. Extra privacy mode masks the paths, and
the texts of errors.`,
    example: {
      question: 'Which programs are packed with UPX?',
      args: ['-rules', 'docs/examples/packed.yar', '-files', "-path /usr/bin -path /usr/sbin -name '.'"],
      result: {
        ...EMPTY_RESULT,
        foundanything: true,
        success: true,
        elements: { Matches: [{ Object: '/usr/bin/updater', MatchedRules: ['packed_with_upx'] }] },
      },
    },
  },
});
