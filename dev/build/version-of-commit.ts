import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `<time of the commit>+<commit>.<environment>`, comparable by time (spec/agent.md#versions). */
export function versionOfCommit(environment: 'dev' | 'prod'): string {
  const timeAndCommit = askGit(['--format=%cd+%h', '--abbrev=12', '--date=format-local:%Y%m%d%H%M']);
  return timeAndCommit === undefined ? '0.unversioned' : `${timeAndCommit}.${environment}`;
}

/**
 * The time of what is built, in seconds since 1970: SOURCE_DATE_EPOCH (reproducible-builds.org), or else the time of the
 * commit, so that everybody who builds it gets the same bytes.
 */
export function sourceTimeS(env: NodeJS.ProcessEnv = process.env): number {
  const text = env.SOURCE_DATE_EPOCH ?? askGit(['--format=%ct']) ?? '0';
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`SOURCE_DATE_EPOCH must be seconds since 1970, not '${text}'`);
}

/** What `git log` prints about the commit, in universal time; undefined outside a repository. */
function askGit(args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', ['log', '-1', ...args], {
      encoding: 'utf8',
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, TZ: 'UTC' },
    }).trim();
  } catch {
    return undefined;
  }
}
