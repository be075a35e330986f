import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bashCompletion, zshCompletion } from '../../cli/completion/bash.ts';
import { completions } from '../../cli/completion/completions.ts';
import { fishCompletion } from '../../cli/completion/fish.ts';
import { manPages } from '../../cli/man/man-pages.ts';
import type { Entry } from '../archives/entry.ts';
import { gzip } from '../archives/gzip.ts';
import type { SystemPackage } from '../archives/system-package.ts';
import type { BundledPackage } from '../build/bundled/bundled-packages.ts';
import { combinedLicence, licenceNotices } from '../build/bundled/licence-notices.ts';
import type { Target } from '../build/targets.ts';

const LICENCE = fileURLToPath(new URL('../../LICENSE', import.meta.url));

export interface BuiltCli {
  target: Target;
  executable: string;
  version: string;
  /** The packages of others that it contains. */
  packages: readonly BundledPackage[];
  timeS: number;
}

/** Where a system looks for completions of zsh. The other shells look in the same place everywhere. */
const ZSH = { deb: 'usr/share/zsh/vendor-completions', rpm: 'usr/share/zsh/site-functions' } as const;

/** `mig` for the package manager of a system: the executable, completions, man pages and licences. Nothing runs as root. */
export function cliPackage(built: BuiltCli, kind: 'deb' | 'rpm'): SystemPackage {
  const { target, executable, version, packages, timeS } = built;
  const documents = 'usr/share/doc/mig';
  const text = (path: string, content: string): Entry => ({ path, mode: 0o644, data: Buffer.from(content) });
  return {
    name: 'mig',
    version,
    arch: target.arch,
    summary: "the investigator's program of Mozilla InvestiGator",
    description: ['Signs questions about the machines of a fleet, asks them, and prints the answers.'],
    licence: combinedLicence(packages),
    timeS,
    entries: [
      { path: 'usr/bin/mig', mode: 0o755, data: readFileSync(executable) },
      text('usr/share/bash-completion/completions/mig', `${bashCompletion(completions())}\n`),
      text('usr/share/fish/vendor_completions.d/mig.fish', `${fishCompletion(completions())}\n`),
      text(`${ZSH[kind]}/_mig_program`, zshAutoload()),
      ...manEntries(),
      { path: documents, mode: 0o755, data: undefined },
      text(`${documents}/LICENSE`, readFileSync(LICENCE, 'utf8')),
      text(`${documents}/copyright`, licenceNotices('mig', packages)),
    ],
    scripts: {},
  };
}

/** zsh runs the file as a function at the first Tab after `mig`, so that it has to complete that one as well. */
function zshAutoload(): string {
  return `#compdef mig\n${zshCompletion(completions())}\n_bash_complete -F _mig\n`;
}

function manEntries(): Entry[] {
  return [...manPages()].map(([name, text]) => ({
    path: `usr/share/man/man1/${name}.gz`,
    mode: 0o644,
    data: gzip(Buffer.from(text)),
  }));
}
