import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { errorMessage, MigError } from '../contract/errors.ts';
import { goObject, recordOf } from '../contract/fields.ts';
import type { Acl } from '../contract/rules/acl.ts';
import { parseDurationMs } from '../contract/rules/duration.ts';
import { parseStrictJson } from '../contract/rules/strict-json.ts';
import { readEnv, relayFromUrl } from '../platform/config.ts';
import { type Ini, parseIni } from '../platform/ini.ts';
import type { RelayOptions } from '../platform/rabbitmq/session.ts';
import { BUILD } from './build-info.ts';
import { type CertificateSources, certificateFile, readCertificates } from './certificates.ts';
import { FOLDERS } from './folders.ts';

/** MIG's agent configuration (spec: agent, configuration), parsed once. */
export interface AgentConfig {
  /** The file that it was read from, for processes that the agent starts. */
  file: string;
  /** Undefined when nothing says where it is: only the daemon and check-in need it. */
  relay: RelayOptions | undefined;
  /** `host:port`, tried in this order before the direct way. */
  proxies: string[];
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
}

/** What all modules together, and each one, may take. */
export interface LimitsConfig {
  /** Of all processors of the machine, all modules together. */
  cpuPercent: number;
  memoryBytes: number;
  processes: number;
  useCgroups: boolean;
}

/** Modules, and investigators of each. */
const MAX_ACL_ENTRIES = 10_000;
const Entry = goObject({
  minimumweight: z.number().int(),
  investigators: recordOf(
    goObject({ fingerprint: z.string().min(1), weight: z.number().int().nonnegative() }),
    MAX_ACL_ENTRIES,
  ).default({}),
});
const AclFile = recordOf(Entry, MAX_ACL_ENTRIES);

/** What the file says, and where it says nothing what was compiled in. */
type Getter = (section: string, key: string) => string | undefined;

/**
 * Reads the configuration: what is compiled in, overlaid key by key with the file. Keys and ACL of files count only
 * in builds that say so. Throws one message that names what is wrong.
 */
export function loadConfig(file: string, warn: (line: string) => void = () => {}): AgentConfig {
  return configFrom(readIni(file, { isNeeded: BUILD.config === undefined, warn }), { file, warn });
}

/** The same from what the file says, where it could be read. */
export function configFrom(
  own: Ini | undefined,
  { file, warn }: { file: string; warn: (line: string) => void },
): AgentConfig {
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
  const proxies = [...getAll('agent', 'proxies').flatMap(parseProxies), ...environmentProxy(readEnv())];
  return {
    file,
    relay: readRelay(get, proxies, { ...certificates, warn }),
    ...filesOf(certificates, own?.get('agent')?.has('relay') ? file : undefined),
    proxies,
    api: get('agent', 'api') || undefined,
    heartbeatMs: duration('heartbeatfreq', '300s'),
    refreshEnvMs: duration('refreshenv', '5m'),
    moduleTimeoutMs: duration('moduletimeout', '300s'),
    upgradeWaitMs: duration('upgradewait', '10m'),
    runDir: get('agent', 'rundir') ?? FOLDERS.run,
    stateDir,
    sharedDir: stateDir,
    hostname: get('agent', 'hostname'),
    tags: Object.fromEntries(getAll('agent', 'tags').map(parseTag)),
    extraPrivacy: isOn(get('agent', 'extraprivacymode')),
    onlyVerifyPubkey: isOn(compiledFirst('agent', 'onlyverifypubkey', { own, compiled })),
    isImmortal: isOn(get('agent', 'isimmortal') ?? 'on'),
    installService: isOn(get('agent', 'installservice')),
    isCheckin: isOn(get('agent', 'checkin')),
    discoverPublicIp: isOn(get('agent', 'discoverpublicip')),
    discoverAws: isOn(get('agent', 'discoverawsmeta')),
    limits: {
      cpuPercent: number('cpu', get('limits', 'cpu') ?? '50', { min: 1, max: 50 }),
      memoryBytes: number('memory', get('limits', 'memory') ?? '256', { min: 64, max: 65_536 }) * 1024 * 1024,
      processes: number('processes', get('limits', 'processes') ?? '64', { min: 8, max: 4096 }),
      useCgroups: isOn(get('limits', 'cgroups') ?? 'on'),
    },
    report: {
      keepMs: parseDuration('keep', get('report', 'keep') ?? '8760h'),
      maxBytes: number('maxsize', get('report', 'maxsize') ?? '16777216', { min: 2 ** 20, max: 2 ** 32 }),
      isForEveryone: isOn(get('report', 'everyone')),
    },
    logLevel: parseLevel(get('logging', 'level')),
    logFile: logFile(get),
    ...readAuthority(dirname(file)),
  };
}

function readRelay(
  get: Getter,
  proxies: readonly string[],
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

/** Keys and ACL: those compiled in, unless the build lets the endpoint's own files count and they exist. */
function readAuthority(folder: string): { acl: Acl; armoredKeys: string[] } {
  const aclFile = join(folder, 'acl.cfg');
  const keysFolder = join(folder, 'agentkeys');
  const fileCounts = (path: string) => BUILD.areFilesTrusted && existsSync(path);
  const compiledAcl = BUILD.config?.acl;
  return {
    acl: fileCounts(aclFile)
      ? parseAcl(aclFile, readFileSync(aclFile, 'utf8'))
      : compiledAcl === undefined
        ? {}
        : parseAcl('compiled-in ACL', compiledAcl),
    armoredKeys: fileCounts(keysFolder) ? readKeys(keysFolder) : (BUILD.config?.armoredKeys ?? []),
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
    return parseIni(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (!existsSync(file)) return undefined;
    const why = `${file}: cannot be read: ${errorMessage(cause)}`;
    if (isNeeded) throw new MigError('config_invalid', why, { cause });
    warn(`${why}; the compiled-in configuration is used`);
    return undefined;
  }
}

/** Reads an ACL; throws a MigError that names `where` it is. */
export function parseAcl(where: string, text: string): Acl {
  const parsed = AclFile.safeParse(parseStrictJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new MigError('config_invalid', `${where}: ${issue?.path.join('.')}: ${issue?.message}`);
}

function readKeys(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

function parseTag(text: string): [string, string] {
  const [name = '', value = ''] = text.split(':');
  return [name.trim(), value.trim()];
}

function parseProxies(text: string): string[] {
  const proxies = text
    .split(',')
    .map((proxy) => proxy.trim())
    .filter((proxy) => proxy !== '');
  const bad = proxies.find((proxy) => !/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/.test(proxy));
  if (bad === undefined) return proxies;
  throw new MigError('config_invalid', `[agent] proxies: ${JSON.stringify(bad)} is not host:port`);
}

/** After the configured proxies the one of the environment is tried, as in MIG. */
function environmentProxy(env: Record<string, string | undefined>): string[] {
  const url = env.https_proxy ?? env.HTTPS_PROXY;
  if (!url) return [];
  const [, host, port = '80'] = /^(?:http:\/\/)?(\[[^\]]+\]|[^/:@]+)(?::(\d+))?\/?$/.exec(url) ?? [];
  return host === undefined ? [] : [`${host}:${port}`];
}

/** MIG's logging: `stdout`, or `file` with a size limit; what else it can do is the service manager's job. */
function logFile(get: Getter): AgentConfig['logFile'] {
  if (get('logging', 'mode') !== 'file') return undefined;
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

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|true|yes|1)$/i.test(value);
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
