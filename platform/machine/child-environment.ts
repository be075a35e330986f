import { readEnv } from '../config.ts';

/** Variables that programs need. Those after NO_PROXY are for Windows, where programs do not start without them. */
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
 * The environment of the programs that the agent starts: an allow list. `BUN_*` could turn the executable into another
 * program, and `NODE_OPTIONS`, `LD_*` and `DYLD_*` could load foreign code.
 */
export function childEnvironment(added: Variables = {}, inherited: Variables = readEnv()): Variables {
  const kept = Object.entries(inherited).filter(([name]) => {
    const folded = name.toUpperCase();
    return KEPT.has(folded) || KEPT_FAMILY.test(folded);
  });
  return { ...Object.fromEntries(kept), ...added };
}

/** The environment of a module: the same on every endpoint, except for its mark, `NAME=value`. */
export function moduleEnvironment(mark: string): Variables {
  const [name, value] = mark.split('=');
  if (!name || !value) throw new Error(`${mark} is not NAME=value`);
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    [name]: value,
  };
}
