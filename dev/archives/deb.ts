import { createHash } from 'node:crypto';
import { writeAr } from './ar.ts';
import { type Entry, inOrder } from './entry.ts';
import { gzip } from './gzip.ts';
import { MAINTAINER, packageVersion, type SystemPackage } from './system-package.ts';
import { writeTar } from './tar.ts';

/** Writes a package for Debian and its relatives (deb(5)). */
export function writeDeb(made: SystemPackage): Buffer {
  const { timeS, entries } = made;
  const files = inOrder(entries).filter(({ data }) => data !== undefined);
  const control: Entry[] = [
    textFile('control', controlOf(made), 0o644),
    textFile('md5sums', files.map(sumOf).join(''), 0o644),
    ...Object.entries(made.scripts).map(([name, script]) => textFile(name, script, 0o755)),
  ];
  return writeAr(
    [
      { name: 'debian-binary', data: Buffer.from('2.0\n') },
      { name: 'control.tar.gz', data: tarGzip(control, timeS) },
      { name: 'data.tar.gz', data: tarGzip([...missingParents(entries), ...entries], timeS) },
    ],
    { timeS },
  );
}

function controlOf({ name, version, arch, summary, description, entries }: SystemPackage): string {
  const bytes = entries.reduce((total, { data }) => total + (data?.length ?? 0), 0);
  return [
    `Package: ${name}`,
    `Version: ${packageVersion(version)}`,
    `Architecture: ${arch}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    'Section: admin',
    'Priority: optional',
    'Depends: libc6',
    `Description: ${summary}`,
    ...description.map((line) => ` ${line}`),
    '',
  ].join('\n');
}

function sumOf({ path, data = Buffer.alloc(0) }: Entry): string {
  return `${createHash('md5').update(data).digest('hex')}  ${path}\n`;
}

function textFile(path: string, text: string, mode: number): Entry {
  return { path, mode, data: Buffer.from(text) };
}

/** Names in a .deb begin with `./`, its root included. */
function tarGzip(entries: readonly Entry[], timeS: number): Buffer {
  const root: Entry = { path: '.', mode: 0o755, data: undefined };
  return gzip(
    writeTar([root, ...entries.map((entry) => ({ ...entry, path: `./${entry.path}` }))], { timeS }),
  );
}

/** The folders above the entries: dpkg creates none that the archive lacks. */
function missingParents(entries: readonly Entry[]): Entry[] {
  const given = new Set(entries.map(({ path }) => path));
  const parents = entries.flatMap(({ path }) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(parents)]
    .filter((path) => !given.has(path))
    .map((path) => ({ path, mode: 0o755, data: undefined }));
}
