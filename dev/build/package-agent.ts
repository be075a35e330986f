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
import { type Target, targetName } from './bun.ts';

const TEMPLATES = fileURLToPath(new URL('package', import.meta.url));

interface Packaged {
  target: Target;
  /** The executable, below the output folder. */
  file: string;
  version: string;
  /** Whether a configuration is compiled in: the relay's password and key are then in the packages, too. */
  hasSecrets: boolean;
}

/**
 * Makes what administrators install: a .tar.gz for every target, a .deb for Linux. Returns paths below `out`. What holds
 * secrets is never anybody else's to read.
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
 * A package that adds nothing to what the agent does by itself: its scripts call `mig-agent install` and `uninstall`.
 * Mode 0700, since keys of the relay may be compiled in; who else may read the report has a program of his own.
 */
function debian(out: string, deb: string, packaged: Packaged): void {
  const { target, file, version } = packaged;
  build(join(out, deb), packaged, (work, outfile) => {
    const root = join(work, 'root');
    const control = join(root, 'DEBIAN');
    for (const folder of ['usr/sbin', 'usr/bin', 'etc/mig', 'usr/share/doc/mig-agent']) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    copyFileSync(join(out, file), join(root, 'usr/sbin/mig-agent'));
    chmodSync(join(root, 'usr/sbin/mig-agent'), 0o700);
    copyFileSync(join(TEMPLATES, 'common/mig-agent-report'), join(root, 'usr/bin/mig-agent-report'));
    chmodSync(join(root, 'usr/bin/mig-agent-report'), 0o755);
    copyFileSync(
      join(TEMPLATES, 'common/mig-agent.cfg.sample'),
      join(root, 'usr/share/doc/mig-agent/mig-agent.cfg.sample'),
    );
    copyFileSync(join(TEMPLATES, 'common/README'), join(root, 'usr/share/doc/mig-agent/README'));
    chmodSync(join(root, 'etc/mig'), 0o750);
    cpSync(join(TEMPLATES, 'debian'), control, { recursive: true });
    for (const script of ['postinst', 'prerm', 'postrm']) chmodSync(join(control, script), 0o755);
    writeFileSync(
      join(control, 'control'),
      [
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
      ].join('\n'),
    );
    run('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', root, outfile]);
  });
}

/** Lets `make` write the file in a folder beside its place that only we can enter, and moves it there. */
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
