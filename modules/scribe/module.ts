import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { findExcess } from './excess.ts';
import { Flags, toParameters } from './flags.ts';
import { printResult } from './print.ts';
import { Parameters } from './schema.ts';
import { findProblem, findProblemInSteps } from './validate.ts';

export const scribe = defineModule({
  name: 'scribe',
  summary: 'evaluate a policy about packages, files and their lines',
  parameters: Parameters,
  described: Flags,
  findProblem,
  findProblemInSteps,
  findExcess,
  toParameters,
  print: printResult,
  loadRun: async () => (await import('./run.ts')).scribeRun,
  about: {
    intro: `A policy has objects, where values come from, and tests of these values. An object is a package, the lines or names
of files below a path (ten levels deep), or given values. A test compares versions, searches a regular expression (RE2
syntax), or compares texts. It is true when one value passes, and the tests that it depends on are true.`,
    notes: `-json is the flag of the module after -path, and the option of mig before: mig scribe --json -path policy.yaml.

The policy, with its variables, import chains, joined values and dependencies, is described in the spec
(docs/spec/modules/scribe.md); docs/examples/openssh-policy.yaml is one. Versions are compared as rpm does, Debian's, too.
Packages come from the same sources as those of module pkg.

An answer counts as found when it has a test, true or not: add -onlytrue. Errors name files that could not be read, and
every limit: the time, 1,000 files of an object, 200,000 values, lines over 64 kB, which are read in pieces, and the size
of the answer, for which lists of paths and packages are cut, those that passed last.`,
    platforms: {
      linux: 'complete',
      darwin: 'written, never run',
      windows: 'written, never run; without packages',
    },
    privacy: `Paths of files and names of packages, with whether their values passed; never the values. Extra privacy mode masks
these paths and names, and errors with paths.`,
    example: {
      question: 'Which machines let root log in by SSH, and have an old OpenSSH?',
      args: ['-path', 'docs/examples/openssh-policy.yaml', '-onlytrue', '-human'],
      result: {
        ...EMPTY_RESULT,
        foundanything: true,
        success: true,
        elements: {
          results: [
            {
              testid: 'root-login',
              name: 'root may log in',
              description: '',
              tags: [{ key: 'severity', value: 'high' }],
              iserror: false,
              error: '',
              masterresult: true,
              hastrueresults: true,
              results: [{ result: true, identifier: '/etc/ssh/sshd_config' }],
            },
          ],
          humanoutput: true,
          jsonoutput: false,
        },
        statistics: { execruntime: '121.4ms' },
      },
    },
  },
});
