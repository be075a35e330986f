import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './programs.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const AGENT = join(ROOT, 'dist', 'agent', 'linux-amd64', 'mig-agent');

/** Builds the agent's executable unless the one in `dist/` is made of these very sources. */
export function ensureAgentBuilt(): string {
  const stamp = `${AGENT}.sources`;
  const digest = sourcesDigest(['agent', 'contract', 'modules', 'platform']);
  if (existsSync(AGENT) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return AGENT;
  const built = spawnSync(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts', 'build-agent.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new SetupError(built.stderr.trim());
  writeFileSync(stamp, digest);
  return AGENT;
}

function sourcesDigest(folders: string[]): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const visit = (path: string) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  };
  for (const folder of folders) visit(join(ROOT, folder));
  return hash.digest('hex');
}
