import { dirname } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { parseDurationMs } from '../../contract/go/duration.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { readEnv, relayFromUrl } from '../../platform/config.ts';
import { type Ini, parseBoolean, parseIni } from '../../platform/files/ini.ts';
import { readTextIfThere, unreadable } from '../../platform/files/read-text.ts';
import { environmentProxy, type HttpProxy, parseProxy } from '../../platform/network/proxies.ts';
import type { RelayOptions } from '../../platform/rabbitmq/session.ts';
import { readAuthority } from './authority.ts';
import { BUILD } from './build-info.ts';
import { type CertificateSources, certificateFile, readCertificates } from './certificates.ts';
import { FOLDERS } from './folders.ts';
import type { LimitsConfig } from './limits-config.ts';
import { unknownSettings } from './settings.ts';

/** MIG's agent configuration (spec/agent.md#configuration), parsed once. */
export interface AgentConfig {
  /** The file that it was read from, for processes that the agent starts. */
  file: string;
  /** Undefined when nothing says where it is: only the daemon and check-in need it. */
  relay: RelayOptions | undefined;
  /** Tried in this order before the direct way to the relay: those configured, then that of the environment. */
  proxies: HttpProxy[];
  /** The same on the way to the API, and those configured alone. */
  apiProxies: HttpProxy[];
  configuredProxies: HttpProxy[];
  /** Base URL of the API, asked for nothing but the agent's public address. */
  api: string | undefined;
  heartbeatMs: number;
  /** 0: the environment is detected once. */
  refreshEnvMs: number;
  moduleTimeoutMs: number;
  /** How long a new version waits for the old one to end before it gives up. */
  upgradeWaitMs: number;
  runDir: string;
  stateDir: string;
  /** The state folder of the endpoint, also for an agent that waits for its turn in a folder of its own. */
  sharedDir: string;
  hostname: string | undefined;
  tags: Record<string, string>;
  extraPrivacy: boolean;
  /** Any key of the keyring suffices and the ACL is not asked. */
  onlyVerifyPubkey: boolean;
  isImmortal: boolean;
  installService: boolean;
  isCheckin: boolean;
  discoverPublicIp: boolean;
  discoverAws: boolean;
  limits: LimitsConfig;
  report: { keepMs: number; maxBytes: number; isForEveryone: boolean };
  logLevel: string;
  /** Log to this file, at most this many bytes and as many in one older file; undefined: to stdout. */
  logFile: { path: string; maxBytes: number } | undefined;
  /** Files of the endpoint that the relay's CA, the agent's certificate and its key come from. */
  certificateFiles: string[];
  /** Files of the endpoint with the relay's password or the certificate's key in them. */
  secretFiles: string[];
  acl: Acl;
  armoredKeys: string[];
  /** Where each of the keys comes from. */
  keySources: string[];
  /** Sentences about what the files say that nobody can have meant. */
  warnings: string[];
}

/** What the file says, and where it says nothing what was compiled in. */
type Getter = (section: string, key: string) => string | undefined;

/**
 * Reads the configuration: what is compiled in, overlaid key by key with the file. Keys and ACL of files count only
 * in builds that say so. Throws one message that names what is wrong.
 */
export function loadConfig(file: string, warn: (line: string) => void = () => {}): AgentConfig {
  try {
    return configFrom(readIni(file, { isNeeded: BUILD.config === undefined, warn }), { file, warn });
  } catch (error) {
    if (!(error instanceof MigError) || error.code !== 'config_invalid') throw error;
    const isNamed = error.message.startsWith(dirname(file));
    throw isNamed ? error : new MigError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

/** The same from what the file says, where it could be read. */
export function configFrom(
  own: Ini | undefined,
  { file, warn: tell }: { file: string; warn: (line: string) => void },
): AgentConfig {
  const warnings: string[] = [];
  const warn = (line: string) => {
    if (warnings.includes(line)) return;
    warnings.push(line);
    tell(line);
  };
  for (const problem of own ? unknownSettings(own) : []) warn(`${file}: ${problem}`);
  const compiled = BUILD.config && parseIni(BUILD.config.ini);
  const get: Getter = (section, key) =>
    own?.get(section)?.get(key)?.at(-1) ?? compiled?.get(section)?.get(key)?.at(-1);
  const getAll = (section: string, key: string) =>
    own?.get(section)?.get(key) ?? compiled?.get(section)?.get(key) ?? [];
  const duration = (key: string, fallback: string) => parseDuration(key, get('agent', key) || fallback);
  const stateDir = get('agent', 'statedir') ?? FOLDERS.state;
  const certificates: CertificateSources = {
    compiled: BUILD.config?.certs ?? {},
    areFilesTrusted: BUILD.areFilesTrusted || BUILD.areCertificatesTrusted === true,
    ownPath: (name) => own?.get('certs')?.get(name)?.at(-1),
    path: (name) => get('certs', name),
  };
  const configuredProxies = getAll('agent', 'proxies').flatMap(parseProxies);
  const relay = readRelay(get, configuredProxies, { ...certificates, warn });
  const isOn = (section: string, key: string, fallback = 'off') =>
    parseSwitch(`[${section}] ${key}`, get(section, key) ?? fallback);
  const onlyVerifyPubkey = parseSwitch(
    '[agent] onlyverifypubkey',
    compiledFirst('agent', 'onlyverifypubkey', { own, compiled }) ?? 'off',
  );
  const api = get('agent', 'api') || undefined;
  return {
    file,
    relay,
    ...filesOf(certificates, own?.get('agent')?.has('relay') ? file : undefined),
    ...proxySettings({ relay, api, configuredProxies, warn }),
    api,
    heartbeatMs: duration('heartbeatfreq', '300s'),
    refreshEnvMs: duration('refreshenv', '5m'),
    moduleTimeoutMs: duration('moduletimeout', '300s'),
    upgradeWaitMs: duration('upgradewait', '10m'),
    runDir: get('agent', 'rundir') ?? FOLDERS.run,
    stateDir,
    sharedDir: stateDir,
    hostname: get('agent', 'hostname'),
    tags: Object.fromEntries(getAll('agent', 'tags').map(parseTag)),
    extraPrivacy: isOn('agent', 'extraprivacymode'),
    onlyVerifyPubkey,
    isImmortal: isOn('agent', 'isimmortal', 'on'),
    installService: isOn('agent', 'installservice'),
    isCheckin: isOn('agent', 'checkin'),
    discoverPublicIp: isOn('agent', 'discoverpublicip'),
    discoverAws: isOn('agent', 'discoverawsmeta'),
    limits: { ...limitNumbers(get), useCgroups: isOn('limits', 'cgroups', 'on') },
    report: {
      keepMs: parseDuration('keep', get('report', 'keep') ?? '8760h'),
      maxBytes: number('maxsize', get('report', 'maxsize') ?? '16777216', { min: 2 ** 20, max: 2 ** 32 }),
      isForEveryone: isOn('report', 'everyone'),
    },
    logLevel: parseLevel(get('logging', 'level')),
    logFile: logFile(get),
    ...readAuthority(dirname(file), { isAclAsked: !onlyVerifyPubkey, warn }),
    warnings,
  };
}

function limitNumbers(get: Getter): Omit<LimitsConfig, 'useCgroups'> {
  return {
    cpuPercent: number('cpu', get('limits', 'cpu') ?? '50', { min: 1, max: 50 }),
    memoryBytes: number('memory', get('limits', 'memory') ?? '256', { min: 64, max: 65_536 }) * 1024 * 1024,
    processes: number('processes', get('limits', 'processes') ?? '64', { min: 8, max: 4096 }),
  };
}

/** The proxies on each way; `https_proxy` of the environment is for TLS alone. */
function proxySettings({
  relay,
  api,
  configuredProxies,
  warn,
}: {
  relay: RelayOptions | undefined;
  api: string | undefined;
  configuredProxies: HttpProxy[];
  warn: (line: string) => void;
}): Pick<AgentConfig, 'proxies' | 'apiProxies' | 'configuredProxies'> {
  const to = (target: { host: string; port: number } | undefined) =>
    target === undefined ? configuredProxies : [...configuredProxies, ...ofEnvironment(target, warn)];
  return {
    configuredProxies,
    proxies: to(relay?.ca === undefined ? undefined : relay),
    apiProxies: to(api === undefined ? undefined : tlsTarget(api)),
  };
}

function readRelay(
  get: Getter,
  proxies: readonly HttpProxy[],
  certificates: Parameters<typeof readCertificates>[0],
): RelayOptions | undefined {
  const url = get('agent', 'relay');
  if (!url) return undefined;
  if (proxies.length > 0 && !url.startsWith('amqps:')) {
    throw new MigError(
      'config_invalid',
      '[agent] proxies: a proxy carries TLS only; the relay must be amqps://',
    );
  }
  return relayFromUrl(url, readCertificates(certificates));
}

function filesOf(
  certificates: CertificateSources,
  fileWithPassword: string | undefined,
): Pick<AgentConfig, 'certificateFiles' | 'secretFiles'> {
  const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((name) => certificateFile(name, certificates));
  const isThere = (path: string | undefined) => path !== undefined;
  return {
    certificateFiles: [ca, cert, key].filter(isThere),
    secretFiles: [fileWithPassword, key].filter(isThere),
  };
}

/** A setting that weakens what the build decided counts from the file only where files are trusted. */
function compiledFirst(
  section: string,
  key: string,
  { own, compiled }: { own: Ini | undefined; compiled: Ini | undefined },
): string | undefined {
  const trusted = BUILD.areFilesTrusted ? own?.get(section)?.get(key)?.at(-1) : undefined;
  return trusted ?? compiled?.get(section)?.get(key)?.at(-1);
}

function readIni(
  file: string,
  { isNeeded, warn }: { isNeeded: boolean; warn: (line: string) => void },
): Ini | undefined {
  try {
    const text = readTextIfThere(file);
    if (text !== undefined) return parseFile(file, text);
    if (isNeeded) warn(`${file}: there is no such file, and no configuration is compiled in`);
  } catch (error) {
    if (isNeeded) throw error;
    warn(`${errorMessage(error)}; the compiled-in configuration is used`);
  }
  return undefined;
}

function parseFile(file: string, text: string): Ini {
  try {
    return parseIni(text);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** The name ends at the first colon; a value may have more of them. */
function parseTag(text: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon === -1) return [text.trim(), ''];
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function parseProxies(text: string): HttpProxy[] {
  const texts = text.split(',').filter((proxy) => proxy.trim() !== '');
  try {
    return texts.map((proxy) => parseProxy(proxy));
  } catch (error) {
    throw new MigError('config_invalid', `[agent] proxies: ${errorMessage(error)}`);
  }
}

/** After the configured proxies the one of the environment is tried, as in MIG; one that is none must not end the agent. */
function ofEnvironment(target: { host: string; port: number }, warn: (line: string) => void): HttpProxy[] {
  try {
    return [environmentProxy(readEnv(), target)].filter((proxy) => proxy !== undefined);
  } catch (error) {
    warn(`${errorMessage(error)}; it is not used`);
    return [];
  }
}

/** Where a URL leads over TLS; undefined when it does not. */
function tlsTarget(url: string): { host: string; port: number } | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  return protocol === 'https:' ? { host: hostname, port: Number(port) || 443 } : undefined;
}

/** MIG's logging: `stdout`, or `file` with a size limit; what else it can do is the service manager's job. */
function logFile(get: Getter): AgentConfig['logFile'] {
  const mode = get('logging', 'mode') ?? 'stdout';
  if (!['stdout', 'file', 'syslog', ''].includes(mode)) {
    throw new MigError(
      'config_invalid',
      `[logging] mode: ${JSON.stringify(mode)} is not stdout, file or syslog`,
    );
  }
  if (mode !== 'file') return undefined;
  const path = get('logging', 'file');
  if (!path) throw new MigError('config_invalid', '[logging] mode = file needs file = PATH');
  const maxBytes = number('maxfilesize', get('logging', 'maxfilesize') ?? '10485760', {
    min: 4096,
    max: 2 ** 32,
  });
  return { path, maxBytes };
}

/** MIG's words for levels as well as ours. */
function parseLevel(text = 'info'): string {
  const word = text.toLowerCase();
  const level = {
    emerg: 'error',
    alert: 'error',
    crit: 'error',
    err: 'error',
    warning: 'warn',
    notice: 'info',
  }[word];
  if (level !== undefined) return level;
  if (['error', 'warn', 'info', 'debug', 'silent'].includes(word)) return word;
  throw new MigError(
    'config_invalid',
    `[logging] level: ${JSON.stringify(text)} is not one of error, warn, info, debug`,
  );
}

/** An empty one is off. */
function parseSwitch(key: string, value: string): boolean {
  const isOn = value === '' ? false : parseBoolean(value);
  if (isOn !== undefined) return isOn;
  throw new MigError('config_invalid', `${key}: ${JSON.stringify(value)} is neither on nor off`);
}

function number(key: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw new MigError(
    'config_invalid',
    `${key}: ${JSON.stringify(text)} is not a number from ${min} to ${max}`,
  );
}

function parseDuration(key: string, text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  throw new MigError('config_invalid', `${key}: ${JSON.stringify(text)} must look like 300s, 5m or 1h30m`);
}
