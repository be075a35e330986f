import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '../stack/programs/setup-error.ts';
import { nativeName } from './targets.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A build of the agent beside the real one, with further modules for tests. */
interface Variant {
  name: string;
  /** Further arguments of `npm run build:agent`. */
  args: readonly string[];
}

export const HOSTILE: Variant = {
  name: 'hostile-agent',
  args: ['--with', join(ROOT, 'test', 'hostile', 'module.ts')],
};

/**
 * Builds the agent's executable unless the one in `dist/stack/` was built from the same sources. `npm run build:agent`
 * writes to another folder: the stack's agents must not have an operator's configuration compiled in.
 */
export function ensureAgentBuilt(variant: Variant = { name: 'agent', args: [] }): string {
  const out = join(ROOT, 'dist', 'stack', variant.name);
  const agent = join(out, nativeName(), 'mig-agent');
  const stamp = `${agent}.sources`;
  const digest = sourcesDigest(['agent', 'contract', 'modules', 'platform', 'dev/build', 'test/hostile']);
  if (existsSync(agent) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return agent;
  const script = join(ROOT, 'dev', 'build', 'main.ts');
  const built = spawnSync(process.execPath, ['--import', 'tsx', script, '--out', out, ...variant.args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new SetupError(built.stderr.trim());
  writeFileSync(stamp, digest);
  return agent;
}

function sourcesDigest(folders: string[]): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const visit = (path: string) => {
    if (statSync(path).isDirectory()) {
      const names = readdirSync(path).sort();
      for (const name of names) visit(join(path, name));
      return;
    }
    hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  };
  for (const folder of folders) visit(join(ROOT, folder));
  return hash.digest('hex');
}
