import { MigError } from '../contract/errors.ts';

/** What a configuration of agents says. Texts are as the agent reads them. */
export interface AgentSettings {
  relay: string;
  api: string | undefined;
  proxies: readonly string[];
  tags: readonly (readonly [name: string, value: string])[];
  heartbeatFreq: string;
  moduleTimeout: string;
  statPort: number;
  isImmortal: boolean;
  installsService: boolean;
  isCheckin: boolean;
  hasExtraPrivacy: boolean;
  certificates: { ca: string; cert: string; key: string };
  logFile: string | undefined;
}

/** A configuration file that our agent and MIG's read alike. */
export function agentConfigText(settings: AgentSettings): string {
  const { api, proxies, tags, certificates, logFile } = settings;
  const lines = [
    '[agent]',
    setting('relay', settings.relay),
    ...(api === undefined ? [] : [setting('api', api)]),
    ...(proxies.length === 0 ? [] : [setting('proxies', proxies.join(','))]),
    setting('socket', `127.0.0.1:${settings.statPort}`),
    setting('heartbeatfreq', settings.heartbeatFreq),
    setting('moduletimeout', settings.moduleTimeout),
    setting('refreshenv', '5m'),
    toggle('isimmortal', settings.isImmortal),
    toggle('installservice', settings.installsService),
    toggle('discoverpublicip', api !== undefined),
    toggle('checkin', settings.isCheckin),
    toggle('extraprivacymode', settings.hasExtraPrivacy),
    ...tags.map(([name, value]) => setting('tags', `${name}:${value}`)),
    '',
    '[stats]',
    '  maxactions = 15',
    '',
    '[certs]',
    ...Object.entries(certificates).map(([name, path]) => setting(name, path)),
    '',
    '[logging]',
    ...(logFile === undefined
      ? [setting('mode', 'stdout')]
      : [setting('mode', 'file'), setting('file', logFile), '  maxfilesize = 10485760']),
    setting('level', 'info'),
  ];
  return `${lines.join('\n')}\n`;
}

function toggle(name: string, isOn: boolean): string {
  return `  ${name} = ${isOn ? 'on' : 'off'}`;
}

/** A quoted value, which both readers unquote in the same way. */
function setting(name: string, text: string): string {
  if (/[\p{Cc}]/u.test(text))
    throw new MigError('usage', `${name}: ${JSON.stringify(text)} cannot be written into a configuration`);
  return `  ${name} = "${text.replace(/[\\"]/g, '\\$&')}"`;
}
