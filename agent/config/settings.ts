import { didYouMean } from '../../contract/text/closest.ts';
import type { Ini } from '../../platform/files/ini.ts';

/** All settings of the agent, including those of MIG that it accepts and ignores. */
const SETTINGS: Record<string, readonly string[]> = {
  agent: [
    'relay',
    'proxies',
    'api',
    'heartbeatfreq',
    'moduletimeout',
    'upgradewait',
    'refreshenv',
    'tags',
    'discoverpublicip',
    'discoverawsmeta',
    'extraprivacymode',
    'checkin',
    'installservice',
    'isimmortal',
    'onlyverifypubkey',
    'rundir',
    'statedir',
    'hostname',
    'socket',
    'nopersistmods',
  ],
  limits: ['cpu', 'memory', 'processes', 'cgroups'],
  report: ['keep', 'maxsize', 'everyone'],
  certs: ['ca', 'cert', 'key'],
  logging: ['mode', 'level', 'file', 'maxfilesize', 'host', 'port', 'protocol', 'facility'],
  stats: ['maxactions'],
};

/** Returns a sentence for each unknown section and key, which would otherwise be ignored silently. */
export function unknownSettings(ini: Ini): string[] {
  return [...ini].flatMap(([section, keys]) => {
    const known = Object.hasOwn(SETTINGS, section) ? SETTINGS[section] : undefined;
    if (known === undefined)
      return [`[${section}] is no section${didYouMean(section, Object.keys(SETTINGS))}`];
    return [...keys.keys()]
      .filter((key) => !known.includes(key))
      .map((key) => `[${section}] ${key} is no setting${elsewhere(key) || didYouMean(key, known)}`);
  });
}

function elsewhere(key: string): string {
  const section = Object.keys(SETTINGS).find((name) => SETTINGS[name]?.includes(key));
  return section === undefined ? '' : `; it belongs in [${section}]`;
}
