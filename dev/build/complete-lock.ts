import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { countOf } from '../../contract/text/count-of.ts';
import { runScript } from '../../platform/program/command-line.ts';

const USAGE = `npm run lock

Completes package-lock.json; run it after every npm install. Registry mirrors that lack packages for other platforms leave
holes in it, and npm ci refuses a lock with holes even where those packages would never be installed.
`;
const FILE = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
const PLATFORMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPUS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

interface Entry {
  version?: string;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}

await runScript({ usage: USAGE }, () => {
  const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, Entry> };
  const added = addMissingPackages(lock.packages);
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  process.stdout.write(`${countOf(added, 'entry', 'entries')} added\n`);
  return 0;
});

/** Returns how many entries it added. */
function addMissingPackages(packages: Record<string, Entry>): number {
  let added = 0;
  for (const entry of Object.values(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      const isExactVersion = /^\d/.test(version);
      if (packages[path] || !isExactVersion) continue;
      packages[path] = {
        version,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
      added++;
    }
  }
  return added;
}

/** Reads the platform from the name of a package, such as `@x/cli-linux-x64-musl`. */
function platformOf(name: string): Record<string, string[]> {
  const words = name.replace(/^.*\//, '').split('-');
  const os = words.find((word) => PLATFORMS.includes(word));
  const cpu = CPUS.find((candidate) => words.includes(candidate));
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  if (!os || !cpu) throw new Error(`${name}: cannot tell the platform from the name`);
  return { os: [os], cpu: [cpu], ...(os === 'linux' ? { libc: [libc] } : {}) };
}
