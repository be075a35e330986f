import { readEnv } from '../config.ts';

/** What a program needs to find its way; the last row is what Windows' programs do not start without. */
const KEPT = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'TZ',
  'TMPDIR',
  'HTTPS_PROXY',
  'NO_PROXY',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
  'PROGRAMDATA',
]);
const KEPT_FAMILY = /^(MIG|LC)_/;

type Variables = Record<string, string | undefined>;

/**
 * The environment of what the agent starts: only what is on the list. `BUN_*` would make the executable something else,
 * `NODE_OPTIONS`, `LD_*` and `DYLD_*` would have foreign code loaded.
 */
export function childEnvironment(added: Variables = {}, inherited: Variables = readEnv()): Variables {
  const kept = Object.entries(inherited).filter(([name]) => {
    const folded = name.toUpperCase();
    return KEPT.has(folded) || KEPT_FAMILY.test(folded);
  });
  return { ...Object.fromEntries(kept), ...added };
}

/** The environment of a module: the same on every endpoint, but for the mark that it is found by. */
export function moduleEnvironment(mark: string): Variables {
  const [name = '', value = ''] = mark.split('=');
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    [name]: value,
  };
}
