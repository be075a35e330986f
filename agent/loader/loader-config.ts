import { dirname, isAbsolute, join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { problemOfApiAddress, withoutUser } from '../../contract/rules/api-address.ts';
import { readBoundedText } from '../../platform/files/read-text.ts';
import type { HttpProxy } from '../../platform/network/proxies.ts';
import { BUILD, type BuildInfo } from '../config/build-info.ts';
import { FOLDERS } from '../config/folders.ts';
import { type ConfiguredKey, readKeyFolder } from '../config/key-folder.ts';
import { type LogSettings, readLogSettings } from '../config/logging.ts';
import { parseProxies, proxiesToApi } from '../config/proxy-settings.ts';
import { LOADER_SETTINGS, unknownSettings } from '../config/settings.ts';
import { createSettings, readIni, type Settings, type Warn } from '../config/sources.ts';
import { invalid, parseDuration, parseNumber, parseSwitch, parseTag } from '../config/values.ts';
import { below } from './below.ts';

/** The loader's configuration (spec/agent.md#loader), parsed once. */
export interface LoaderConfig extends LogSettings {
  /** The configuration file. */
  file: string;
  /** Base URL of the API, which ends in a slash. */
  api: string;
  /** Certificates that the API's must be signed by, instead of those that the system trusts. */
  ca: string | undefined;
  proxies: HttpProxy[];
  tags: Record<string, string>;
  discoverPublicIp: boolean;
  discoverAws: boolean;
  /** The number of people who must have signed a manifest. */
  requiredSignatures: number;
  signerKeys: ConfiguredKey[];
  /** The file that only root may read, with the key of this loader. */
  keyFile: string;
  /** The folder below which everything is installed. */
  root: string;
  stateDir: string;
  /** Whether the loader makes the agent a service, restarts it, and waits until it runs. */
  installsService: boolean;
  /** How long a new agent may take to start. */
  startWaitMs: number;
}

const MAX_CA_BYTES = 1024 * 1024;
/** As in the API, which serves nothing that fewer have signed. */
const DEFAULT_SIGNATURES = '2';

/** Reads the configuration; throws `config_invalid` with the name of what is wrong. */
export function loadLoaderConfig(file: string, warn: Warn, build: BuildInfo = BUILD): LoaderConfig {
  const { loader } = build;
  const own = readIni(file, { isNeeded: loader === undefined, warn });
  for (const problem of own ? unknownSettings(own, LOADER_SETTINGS) : []) warn(`${file}: ${problem}`);
  // An executable without keys of its own has to take them from files.
  const areFilesTrusted = loader === undefined || build.areFilesTrusted;
  const settings = createSettings(own, { compiledIni: loader?.ini ?? '', areFilesTrusted });
  const signerKeys = readSignerKeys(file, { build, areFilesTrusted, warn });
  const root = readRoot(settings);
  return {
    file,
    ...readApi(settings, { build, warn }),
    ...readLogSettings(settings),
    tags: Object.fromEntries(settings.getAll('loader', 'tags').map(parseTag)),
    discoverPublicIp: isOn(settings, 'discoverpublicip'),
    discoverAws: isOn(settings, 'discoverawsmeta'),
    requiredSignatures: readRequired(settings, signerKeys.length),
    signerKeys,
    keyFile: settings.get('loader', 'keyfile') ?? join(dirname(file), 'mig-loader.key'),
    root,
    stateDir: settings.get('loader', 'statedir') ?? below(root, join(FOLDERS.state, 'loader')),
    installsService: isOn(settings, 'installservice', 'on'),
    startWaitMs: parseDuration('[loader] startwait', settings.get('loader', 'startwait') ?? '60s'),
  };
}

function readSignerKeys(
  file: string,
  { build, areFilesTrusted, warn }: { build: BuildInfo; areFilesTrusted: boolean; warn: Warn },
): ConfiguredKey[] {
  const folder = join(dirname(file), 'loaderkeys');
  const keys =
    (areFilesTrusted ? readKeyFolder(folder, warn) : undefined) ??
    (build.loader?.armoredKeys ?? []).map((armored, index) => ({
      armored,
      source: `compiled-in key ${index + 1} of the loader`,
    }));
  if (keys.length > 0) return keys;
  throw new MigError(
    'config_invalid',
    `${folder}: there is no key of anybody who signs manifests: put their public keys there, one a file`,
  );
}

function readRequired({ getTrusted }: Settings, keys: number): number {
  const setting = '[loader] requiredsignatures';
  const text = getTrusted('loader', 'requiredsignatures') ?? DEFAULT_SIGNATURES;
  const required = parseNumber(setting, text, { min: 1, max: 16 });
  if (!Number.isInteger(required)) throw invalid(setting, text, 'is no whole number');
  if (required <= keys) return required;
  throw invalid(setting, text, `is more than the ${keys} keys in loaderkeys/: no manifest could have enough`);
}

function readApi(
  { get, getAll }: Settings,
  { build, warn }: { build: BuildInfo; warn: Warn },
): Pick<LoaderConfig, 'api' | 'ca' | 'proxies'> {
  const api = parseApi(get('loader', 'api'), { allowsPlainHttp: build.allowsPlainHttp === true });
  const caFile = get('loader', 'ca') || undefined;
  const configuredProxies = getAll('loader', 'proxies').flatMap((text) =>
    parseProxies('[loader] proxies', text),
  );
  return {
    api,
    ca: caFile === undefined ? undefined : readBoundedText(caFile, MAX_CA_BYTES),
    proxies: proxiesToApi(api, { configuredProxies, warn }),
  };
}

function parseApi(text: string | undefined, options: { allowsPlainHttp: boolean }): string {
  const setting = '[loader] api';
  if (!text) {
    throw new MigError('config_invalid', `${setting} is missing: https://HOST/api/v1/, where the API is`);
  }
  const problem = problemOfApiAddress(text, { secretOf: 'the key of the loader', ...options });
  if (problem !== undefined) throw invalid(setting, withoutUser(text), problem);
  return text.endsWith('/') ? text : `${text}/`;
}

function readRoot({ get }: Settings): string {
  const root = get('loader', 'root') ?? '/';
  if (isAbsolute(root)) return root;
  throw invalid('[loader] root', root, 'is no absolute path');
}

function isOn({ get }: Settings, key: string, fallback: 'on' | 'off' = 'off'): boolean {
  return parseSwitch(`[loader] ${key}`, get('loader', key) ?? fallback);
}
