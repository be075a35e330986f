import { didYouMean } from '../../contract/text/closest.ts';
import type { Ini } from '../../platform/files/ini.ts';

/** The keys of each section. */
type Settings = Record<string, readonly string[]>;

const LOGGING = ['mode', 'level', 'file', 'maxfilesize', 'host', 'port', 'protocol', 'facility'];

/** All settings of the agent, including those of MIG that it accepts and ignores. */
const SETTINGS: Settings = {
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
  logging: LOGGING,
  stats: ['maxactions'],
};

/** All settings of the loader (spec/agent.md#loader), and ours. */
export const LOADER_SETTINGS: Settings = {
  loader: [
    'api',
    'ca',
    'proxies',
    'tags',
    'discoverpublicip',
    'discoverawsmeta',
    'requiredsignatures',
    'keyfile',
    'root',
    'statedir',
    'installservice',
    'startwait',
  ],
  logging: LOGGING,
};

/** Returns a sentence for each unknown section and key, which would otherwise be ignored silently. */
export function unknownSettings(ini: Ini, settings = SETTINGS): string[] {
  return [...ini].flatMap(([section, keys]) => {
    const known = Object.hasOwn(settings, section) ? settings[section] : undefined;
    if (known === undefined)
      return [`[${section}] is no section${didYouMean(section, Object.keys(settings))}`];
    return [...keys.keys()]
      .filter((key) => !known.includes(key))
      .map((key) => `[${section}] ${key} is no setting${elsewhere(key, settings) || didYouMean(key, known)}`);
  });
}

function elsewhere(key: string, settings: Settings): string {
  const section = Object.keys(settings).find((name) => settings[name]?.includes(key));
  return section === undefined ? '' : `; it belongs in [${section}]`;
}
