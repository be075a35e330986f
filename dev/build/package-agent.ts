import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigError } from '../../contract/errors.ts';
import { type Target, targetName } from './targets.ts';

const TEMPLATES = fileURLToPath(new URL('package', import.meta.url));

interface Packaged {
  target: Target;
  /** The executable, below the output folder. */
  file: string;
  version: string;
  /** A configuration is compiled in, and with it the relay's password and key. */
  hasSecrets: boolean;
}

/**
 * Makes packages for operators: a .tar.gz for every target, a .deb for Linux. Returns paths below `out`. Only the
 * owner can read a package with secrets.
 */
export function packageAgent(out: string, packaged: Packaged): string[] {
  const archive = `${dirname(packaged.file)}/mig-agent-${targetName(packaged.target)}.tar.gz`;
  tarball(out, archive, packaged);
  if (packaged.target.os !== 'linux') return [archive];
  const deb = `${dirname(packaged.file)}/mig-agent_${packaged.target.arch}.deb`;
  debian(out, deb, packaged);
  return [archive, deb];
}

function tarball(out: string, archive: string, packaged: Packaged): void {
  const { file, version } = packaged;
  build(join(out, archive), packaged, (work, outfile) => {
    const folder = join(work, 'mig-agent');
    cpSync(join(TEMPLATES, 'common'), folder, { recursive: true });
    copyFileSync(join(out, file), join(folder, basename(file)));
    chmodSync(join(folder, basename(file)), 0o700);
    writeFileSync(join(folder, 'VERSION'), `${version}\n`);
    run('tar', ['--owner=0', '--group=0', '-czf', outfile, '-C', work, 'mig-agent']);
  });
}

/**
 * Its scripts only call `mig-agent install` and `uninstall`. The agent has mode 0700, because keys of the relay may be
 * compiled in; other users read the report with mig-agent-report.
 */
function debian(out: string, deb: string, packaged: Packaged): void {
  build(join(out, deb), packaged, (work, outfile) => {
    const root = join(work, 'root');
    const control = join(root, 'DEBIAN');
    for (const folder of ['usr/sbin', 'usr/bin', 'etc/mig', 'usr/share/doc/mig-agent']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    chmodSync(join(root, 'etc/mig'), 0o750);
    const install = (source: string, target: string, mode = 0o644) => {
      copyFileSync(source, join(root, target));
      chmodSync(join(root, target), mode);
    };
    install(join(out, packaged.file), 'usr/sbin/mig-agent', 0o700);
    install(join(TEMPLATES, 'common/mig-agent-report'), 'usr/bin/mig-agent-report', 0o755);
    for (const name of ['mig-agent.cfg.sample', 'README']) {
      install(join(TEMPLATES, 'common', name), `usr/share/doc/mig-agent/${name}`);
    }
    cpSync(join(TEMPLATES, 'debian'), control, { recursive: true });
    for (const script of ['postinst', 'prerm', 'postrm']) chmodSync(join(control, script), 0o755);
    writeFileSync(join(control, 'control'), controlFile(packaged));
    run('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', root, outfile]);
  });
}

function controlFile({ version, target }: Packaged): string {
  return [
    'Package: mig-agent',
    `Version: ${/^\d/.test(version) ? version : `0~${version}`}`,
    `Architecture: ${target.arch}`,
    'Maintainer: MIG <mig@localhost>',
    'Section: admin',
    'Priority: optional',
    'Depends: libc6',
    'Description: endpoint program of Mozilla InvestiGator',
    " Answers the security team's signed questions about this machine with match or no match.",
    '',
  ].join('\n');
}

/** `make` writes the file in a folder that only we can enter; the finished file is then moved to `outfile`. */
function build(
  outfile: string,
  { hasSecrets }: Packaged,
  make: (work: string, outfile: string) => void,
): void {
  const work = mkdtempSync(`${outfile}.`);
  try {
    const made = join(work, basename(outfile));
    make(work, made);
    chmodSync(made, hasSecrets ? 0o600 : 0o644);
    renameSync(made, outfile);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(program: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw new MigError('internal', `packages need ${program}: ${error.message}`, { cause: error });
  if (status !== 0) throw new MigError('internal', `${program} failed: ${stderr.trim()}`);
}
