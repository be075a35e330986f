import { dirname } from 'node:path';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { relayFromUrl } from '../../platform/config.ts';
import type { Ini } from '../../platform/files/ini.ts';
import type { HttpProxy } from '../../platform/network/proxies.ts';
import type { RelayOptions } from '../../platform/rabbitmq/session.ts';
import { readAuthority } from './authority.ts';
import { BUILD } from './build-info.ts';
import { type CertificateSources, certificateFile, readCertificates } from './certificates.ts';
import { FOLDERS } from './folders.ts';
import type { LimitsConfig } from './limits-config.ts';
import { type LogSettings, readLogSettings } from './logging.ts';
import { type ProxySettings, parseProxies, readProxySettings } from './proxy-settings.ts';
import { unknownSettings } from './settings.ts';
import { createSettings, readIni, type Settings, type Warn } from './sources.ts';
import { parseDuration, parseNumber, parseSwitch, parseTag } from './values.ts';

/** MIG's agent configuration (spec/agent.md#configuration), parsed once. */
export interface AgentConfig extends ProxySettings, LogSettings {
  /** The configuration file, for processes that the agent starts. */
  file: string;
  /** Undefined if not configured: only the daemon and the check-in need a relay. */
  relay: RelayOptions | undefined;
  /** Base URL of the API, which the agent asks only for its public address. */
  api: string | undefined;
  heartbeatMs: number;
  /** 0 to detect the environment only once. */
  refreshEnvMs: number;
  moduleTimeoutMs: number;
  /** How long a new version waits for the old one to end before it gives up. */
  upgradeWaitMs: number;
  runDir: string;
  stateDir: string;
  /** The state folder of the endpoint. A waiting successor has a `stateDir` of its own. */
  sharedDir: string;
  hostname: string | undefined;
  tags: Record<string, string>;
  extraPrivacy: boolean;
  /** A signature by any key of the keyring suffices; the ACL does not count. */
  onlyVerifyPubkey: boolean;
  isImmortal: boolean;
  installService: boolean;
  isCheckin: boolean;
  startsPersistentModules: boolean;
  discoverPublicIp: boolean;
  discoverAws: boolean;
  limits: LimitsConfig;
  report: { keepMs: number; maxBytes: number; isForEveryone: boolean };
  /** Files that the relay's CA, the agent's certificate and its key are read from. */
  certificateFiles: string[];
  /** Files that contain the relay's password or the certificate's key. */
  secretFiles: string[];
  acl: Acl;
  armoredKeys: string[];
  /** The origin of each key. */
  keySources: string[];
  /** Sentences about settings that must be mistakes. */
  warnings: string[];
}

/**
 * Reads the configuration: the compiled-in one, overridden key by key by the file. Keys and ACL in files count only in
 * builds that trust files. Throws an error that names the problem.
 */
export function loadConfig(file: string, warn: Warn = () => {}): AgentConfig {
  try {
    return configFrom(readIni(file, { isNeeded: BUILD.config === undefined, warn }), { file, warn });
  } catch (error) {
    if (!(error instanceof MigError) || error.code !== 'config_invalid') throw error;
    const isNamed = error.message.startsWith(dirname(file));
    throw isNamed ? error : new MigError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

/** As `loadConfig`, with the defaults in place of a damaged file: that must not keep anybody from removing the agent. */
export function loadToRemove(file: string, warn: Warn): AgentConfig {
  try {
    return loadConfig(file, warn);
  } catch (error) {
    if (errorCode(error) !== 'config_invalid') throw error;
    warn(errorMessage(error));
    return configFrom(undefined, { file, warn: () => {} });
  }
}

/** Reads the configuration from a parsed file; undefined when there is none. */
export function configFrom(own: Ini | undefined, options: { file: string; warn: Warn }): AgentConfig {
  const { file } = options;
  const warnings: string[] = [];
  const warn = (line: string) => {
    if (warnings.includes(line)) return;
    warnings.push(line);
    options.warn(line);
  };
  for (const problem of own ? unknownSettings(own) : []) warn(`${file}: ${problem}`);
  const settings = createSettings(own);
  const connection = readConnection(settings, { file, warn });
  const switches = readSwitches(settings);
  return {
    file,
    ...connection,
    ...readIntervals(settings),
    ...readFoldersAndName(settings),
    ...switches,
    limits: readLimits(settings),
    report: readReportSettings(settings),
    ...readLogSettings(settings),
    ...readAuthority(dirname(file), { isAclNeeded: !switches.onlyVerifyPubkey, warn }),
    warnings,
  };
}

type Connection = ProxySettings & Pick<AgentConfig, 'relay' | 'api' | 'certificateFiles' | 'secretFiles'>;

function readConnection(settings: Settings, { file, warn }: { file: string; warn: Warn }): Connection {
  const { get, getAll, getOwn } = settings;
  const certificates: CertificateSources = {
    compiled: BUILD.config?.certs ?? {},
    areFilesTrusted: BUILD.areFilesTrusted || BUILD.areCertificatesTrusted === true,
    ownPath: (name) => getOwn('certs', name),
    path: (name) => get('certs', name),
  };
  const configuredProxies = getAll('agent', 'proxies').flatMap((text) =>
    parseProxies('[agent] proxies', text),
  );
  const relay = readRelay(get('agent', 'relay'), { configuredProxies, certificates, warn });
  const api = get('agent', 'api') || undefined;
  const hasPassword = getOwn('agent', 'relay') !== undefined;
  return {
    relay,
    ...sensitiveFiles(certificates, hasPassword ? file : undefined),
    ...readProxySettings({ relay, api, configuredProxies, warn }),
    api,
  };
}

function readRelay(
  url: string | undefined,
  {
    configuredProxies,
    certificates,
    warn,
  }: { configuredProxies: readonly HttpProxy[]; certificates: CertificateSources; warn: Warn },
): RelayOptions | undefined {
  if (!url) return undefined;
  if (configuredProxies.length > 0 && !url.startsWith('amqps:')) {
    throw new MigError(
      'config_invalid',
      '[agent] proxies: a proxy works only with TLS; the relay must be amqps://',
    );
  }
  return relayFromUrl(url, readCertificates({ ...certificates, warn }));
}

function sensitiveFiles(
  certificates: CertificateSources,
  fileWithPassword: string | undefined,
): Pick<AgentConfig, 'certificateFiles' | 'secretFiles'> {
  const [ca, cert, key] = (['ca', 'cert', 'key'] as const).map((name) => certificateFile(name, certificates));
  const isNamed = (path: string | undefined) => path !== undefined;
  return {
    certificateFiles: [ca, cert, key].filter(isNamed),
    secretFiles: [fileWithPassword, key].filter(isNamed),
  };
}

function readIntervals({
  get,
}: Settings): Pick<AgentConfig, 'heartbeatMs' | 'refreshEnvMs' | 'moduleTimeoutMs' | 'upgradeWaitMs'> {
  const duration = (key: string, fallback: string) => parseDuration(key, get('agent', key) || fallback);
  return {
    heartbeatMs: duration('heartbeatfreq', '300s'),
    refreshEnvMs: duration('refreshenv', '5m'),
    moduleTimeoutMs: duration('moduletimeout', '300s'),
    upgradeWaitMs: duration('upgradewait', '10m'),
  };
}

function readFoldersAndName({
  get,
  getAll,
}: Settings): Pick<AgentConfig, 'runDir' | 'stateDir' | 'sharedDir' | 'hostname' | 'tags'> {
  const stateDir = get('agent', 'statedir') ?? FOLDERS.state;
  return {
    runDir: get('agent', 'rundir') ?? FOLDERS.run,
    stateDir,
    sharedDir: stateDir,
    hostname: get('agent', 'hostname'),
    tags: Object.fromEntries(getAll('agent', 'tags').map(parseTag)),
  };
}

type Switch =
  | 'extraPrivacy'
  | 'onlyVerifyPubkey'
  | 'isImmortal'
  | 'installService'
  | 'isCheckin'
  | 'startsPersistentModules'
  | 'discoverPublicIp'
  | 'discoverAws';

function readSwitches(settings: Settings): Pick<AgentConfig, Switch> {
  return {
    extraPrivacy: isOn(settings, { section: 'agent', key: 'extraprivacymode' }),
    onlyVerifyPubkey: parseSwitch(
      '[agent] onlyverifypubkey',
      settings.getTrusted('agent', 'onlyverifypubkey') ?? 'off',
    ),
    isImmortal: isOn(settings, { section: 'agent', key: 'isimmortal', fallback: 'on' }),
    installService: isOn(settings, { section: 'agent', key: 'installservice' }),
    isCheckin: isOn(settings, { section: 'agent', key: 'checkin' }),
    startsPersistentModules: !isOn(settings, { section: 'agent', key: 'nopersistmods' }),
    discoverPublicIp: isOn(settings, { section: 'agent', key: 'discoverpublicip' }),
    discoverAws: isOn(settings, { section: 'agent', key: 'discoverawsmeta' }),
  };
}

function readLimits(settings: Settings): LimitsConfig {
  const { get } = settings;
  const megabytes = parseNumber('memory', get('limits', 'memory') ?? '256', { min: 64, max: 65_536 });
  return {
    cpuPercent: parseNumber('cpu', get('limits', 'cpu') ?? '50', { min: 1, max: 50 }),
    memoryBytes: megabytes * 1024 * 1024,
    processes: parseNumber('processes', get('limits', 'processes') ?? '64', { min: 8, max: 4096 }),
    useCgroups: isOn(settings, { section: 'limits', key: 'cgroups', fallback: 'on' }),
  };
}

function readReportSettings(settings: Settings): AgentConfig['report'] {
  const { get } = settings;
  const maxSize = get('report', 'maxsize') ?? '16777216';
  return {
    keepMs: parseDuration('keep', get('report', 'keep') ?? '8760h'),
    maxBytes: parseNumber('maxsize', maxSize, { min: 2 ** 20, max: 2 ** 32 }),
    isForEveryone: isOn(settings, { section: 'report', key: 'everyone' }),
  };
}

function isOn(
  { get }: Settings,
  { section, key, fallback = 'off' }: { section: string; key: string; fallback?: 'on' | 'off' },
): boolean {
  return parseSwitch(`[${section}] ${key}`, get(section, key) ?? fallback);
}
