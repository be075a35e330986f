import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { findIn, findOnPath } from '../stack/programs/find-program.ts';

/** What the programs are built from, or a sentence about what is missing. */
export type Sources = { go: string; source: string } | { missing: string };

/** Finds Go and MIG's source: in the given folder, that of MIG_SOURCE, or where Go keeps what it fetched. */
export function findSources(given: string | undefined, env: NodeJS.ProcessEnv = process.env): Sources {
  const go = findOnPath('go') ?? findIn(['/usr/local/go/bin'], 'go');
  if (go === undefined) return { missing: 'Go is not on the PATH (https://go.dev/dl has it)' };
  const source = resolve(given ?? env.MIG_SOURCE ?? defaultFolder(env));
  if (existsSync(join(source, 'client', 'mig', 'main.go'))) return { go, source };
  return {
    missing:
      `MIG's source is not in ${source}: \`git clone https://github.com/mozilla/mig ${source}\`, ` +
      'or name its folder with --source',
  };
}

function defaultFolder({ GOPATH }: NodeJS.ProcessEnv): string {
  return join(GOPATH || join(homedir(), 'go'), 'src', 'github.com', 'mozilla', 'mig');
}
