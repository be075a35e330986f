import type { Ini } from '../platform/ini.ts';

/** Every setting that is read, and those of MIG's that need none of ours: they are taken, and change nothing. */
const SETTINGS: Record<string, readonly string[]> = {
  agent: [
    ...['relay', 'proxies', 'api', 'heartbeatfreq', 'moduletimeout', 'upgradewait', 'refreshenv', 'tags'],
    ...['discoverpublicip', 'discoverawsmeta', 'extraprivacymode', 'checkin', 'installservice', 'isimmortal'],
    ...['onlyverifypubkey', 'rundir', 'statedir', 'hostname', 'socket', 'nopersistmods'],
  ],
  limits: ['cpu', 'memory', 'processes', 'cgroups'],
  report: ['keep', 'maxsize', 'everyone'],
  certs: ['ca', 'cert', 'key'],
  logging: ['mode', 'level', 'file', 'maxfilesize', 'host', 'port', 'protocol', 'facility'],
  stats: ['maxactions'],
};
const MAX_TYPOS = 2;

/** A sentence for each section and key that nothing reads: the agent would run as if it were not there. */
export function unknownSettings(ini: Ini): string[] {
  return [...ini].flatMap(([section, keys]) => {
    const known = Object.hasOwn(SETTINGS, section) ? SETTINGS[section] : undefined;
    if (known === undefined) return [`[${section}] is no section${hint(section, Object.keys(SETTINGS))}`];
    return [...keys.keys()]
      .filter((key) => !known.includes(key))
      .map((key) => `[${section}] ${key} is no setting${elsewhere(key) || hint(key, known)}`);
  });
}

function hint(word: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, typos: distance(word, candidate) }))
    .filter(({ typos }) => typos <= MAX_TYPOS)
    .sort((a, b) => a.typos - b.typos)[0];
  return near === undefined ? '' : `; did you mean ${near.candidate}?`;
}

function elsewhere(key: string): string {
  const section = Object.keys(SETTINGS).find((name) => SETTINGS[name]?.includes(key));
  return section === undefined ? '' : `; it belongs into [${section}]`;
}

/** Levenshtein's: how many characters were added, left out or changed. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MAX_TYPOS) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: other.length }, (_, column) => column + 1);
  let last = other.length;
  for (const [index, char] of [...one].entries()) {
    let diagonal = index;
    last = index + 1;
    row = row.map((above, column) => {
      const changed = diagonal + (char === other[column] ? 0 : 1);
      diagonal = above;
      last = Math.min(changed, above + 1, last + 1);
      return last;
    });
  }
  return last;
}
