import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../programs.ts';

/** Names, versions and architectures that a reader may get wrong. */
const SPEC = `
Name: planted
Version: 1.0
Release: 1
Summary: planted
License: none
%description
planted
%files
%package epoch
Epoch: 3
Summary: planted
%description epoch
planted
%files epoch
%package tilde
Version: 2.0~rc1^git
Release: 0.1.el9
Summary: planted
%description tilde
planted
%files tilde
%package -n lib+Strange_name.64
Epoch: 0
Version: 20260101
Summary: planted
BuildArch: noarch
%description -n lib+Strange_name.64
planted
%files -n lib+Strange_name.64
`;

/** Builds packages and records them in a new database. Returns its folder, or why there is none. */
export function makeRpmDatabase(
  folder: string,
  kind: string,
): { database: string } | { database?: never; whyNot: string } {
  const missing = ['rpm', 'rpmbuild'].find((program) => findProgram(program) === undefined);
  if (missing !== undefined) return { whyNot: `${missing} is not on the PATH` };
  try {
    return { database: makeDatabase(folder, kind) };
  } catch {
    return { whyNot: `this rpm makes no database of the kind ${kind}` };
  }
}

function makeDatabase(folder: string, kind: string): string {
  const database = join(folder, 'database');
  mkdirSync(database, { recursive: true });
  const spec = join(folder, 'planted.spec');
  writeFileSync(spec, SPEC);
  const top = join(folder, 'build');
  const run = (program: string, args: string[]) =>
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  run('rpmbuild', ['-bb', '--define', `_topdir ${top}`, spec]);
  const files = readdirSync(join(top, 'RPMS'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.rpm'))
    .map((file) => join(top, 'RPMS', file));
  const options = ['--dbpath', database, '--define', `_db_backend ${kind}`];
  run('rpm', [...options, '--initdb']);
  // Debian's rpm refuses to install without it, and no other knows it.
  const isDebian = existsSync('/etc/debian_version');
  run('rpm', [
    ...options,
    '-i',
    '--justdb',
    '--nodeps',
    '--ignorearch',
    ...(isDebian ? ['--force-debian'] : []),
    ...files,
  ]);
  return database;
}
