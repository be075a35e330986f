import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { findFlagMistake } from './flag-mistakes.ts';
import { printResult } from './print.ts';
import { findExcess, findProblem, findProblemInSteps, Parameters } from './schema.ts';

export const pkg = defineModule({
  name: 'pkg',
  summary: 'list installed packages by name and version',
  parameters: Parameters,
  findProblem,
  findProblemInSteps,
  findExcess,
  findFlagMistake,
  toParameters: ({ name = [], version = '' }) => ({ pkgmatch: { matches: name }, vermatch: version }),
  print: printResult,
  loadRun: async () => (await import('./run.ts')).pkgRun,
  about: {
    intro: `A package is listed when its name matches one of the patterns, and its version matches, too. The programs rpm and
dpkg are asked. Where there is no such program, as in small images, its database is read: /var/lib/dpkg/status and status.d,
and the databases of rpm in its three formats (Berkeley DB, ndb, SQLite). Regular expressions use RE2 syntax.`,
    notes: `Only packages that are installed and wanted are listed: none on hold, removed or half installed. The name of a package
that may be there for several architectures ends in its own, e.g. libc6:amd64.

A package that two patterns match is listed twice. Packages of other kinds (apk, pacman, Homebrew, Windows) are not
listed. An error says so where there is no other source, and names every source that cannot be read. At most 200,000
packages are read.`,
    platforms: {
      linux: 'complete',
      darwin: 'not supported; rpm and dpkg are asked where they are on the PATH',
      windows: 'not supported',
    },
    privacy: 'Name, version and architecture of packages. Extra privacy mode masks nothing.',
    example: {
      question: 'Which machines have OpenSSL 1.1.1?',
      args: ['-name', '^openssl$', '-version', '^1\\.1\\.1'],
      result: {
        ...EMPTY_RESULT,
        foundanything: true,
        success: true,
        elements: {
          packages: [{ name: 'openssl', version: '1.1.1n-0+deb11u3', type: 'dpkg', arch: 'amd64' }],
        },
        statistics: { execruntime: '71.9ms' },
      },
    },
  },
});
