import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../platform/command-line.ts';

const USAGE = `npm run lock

Run it after every npm install: registry mirrors that lack packages for other platforms leave holes in package-lock.json,
and npm ci refuses a lock with holes, also where those packages would never be installed. It fills them.
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

await runCommand({ usage: USAGE }, () => {
  const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, Entry> };
  const added: string[] = [];
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (lock.packages[path] || !/^\d/.test(version)) continue;
      lock.packages[path] = {
        version,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
      added.push(name);
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  process.stdout.write(`${added.length} entries added\n`);
  return 0;
});

/** What the name of a platform package says: `@x/cli-linux-x64-musl`. */
function platformOf(name: string): Record<string, string[]> {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const os = words.find((word) => PLATFORMS.includes(word));
  const cpu = CPUS.find((candidate) => words.includes(candidate));
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  if (!os || !cpu) throw new Error(`${name}: the platform cannot be told from the name`);
  return { os: [os], cpu: [cpu], ...(os === 'linux' ? { libc: [libc] } : {}) };
}
