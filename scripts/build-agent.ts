import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm run build:agent`: the agent as one executable, dist/agent/<os>-<arch>/mig-agent.
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUN = createRequire(import.meta.url).resolve('@oven/bun-linux-x64/bin/bun');

const build = { version: version(), areFilesTrusted: true };
const folder = join(ROOT, 'dist', 'agent', 'linux-amd64');
mkdirSync(folder, { recursive: true });
chmodSync(BUN, 0o755);
const outfile = join(folder, 'mig-agent');
const built = spawnSync(
  BUN,
  [
    ...[
      'build',
      '--compile',
      '--minify',
      '--target=bun-linux-x64',
      '--define',
      `MIG_BUILD=${JSON.stringify(build)}`,
    ],
    ...[join(ROOT, 'agent', 'main.ts'), '--outfile', outfile],
  ],
  { encoding: 'utf8', cwd: ROOT },
);
if (built.status !== 0) {
  process.stderr.write(`building the agent failed:\n${built.stdout}${built.stderr}\n`);
  process.exitCode = 1;
} else process.stdout.write(`${outfile} ${build.version}\n`);

/** `<time of the commit>+<commit>.dev`, comparable by time (concepts: versions). */
function version(): string {
  try {
    const [time = '', commit = ''] = execFileSync(
      'git',
      ['log', '-1', '--format=%cd %h', '--date=format:%Y%m%d%H%M'],
      {
        encoding: 'utf8',
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
      .trim()
      .split(' ');
    return `${time}+${commit}.dev`;
  } catch {
    return '0.unversioned';
  }
}
