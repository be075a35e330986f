import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildInfo, CompiledConfig, CompiledLoader } from '../../agent/config/build-info.ts';
import { parseIni } from '../../platform/files/ini.ts';
import { bunPackage } from './bundled/bun-runtime.ts';
import { type BundledPackage, bundledPackages } from './bundled/bundled-packages.ts';
import { compileExecutable } from './compile-executable.ts';
import { writeScanThread } from './scan-thread.ts';
import type { Target } from './targets.ts';
import { versionOfCommit } from './version-of-commit.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface BuildOptions {
  /** MIG's mig-agent.cfg to compile in, with acl.cfg and agentkeys/ beside it, and mig-loader.cfg and loaderkeys/. */
  configFile?: string | undefined;
  /** Keys and ACL in files count although others are compiled in. */
  trustFiles?: boolean | undefined;
  /** Certificates named in the endpoint's configuration file replace compiled-in ones. */
  trustCertificates?: boolean | undefined;
  /** Upgrades may be fetched over plain HTTP. */
  allowHttp?: boolean | undefined;
  /** Sources that run before the agent and register further modules. */
  extraSources?: readonly string[] | undefined;
  version?: string | undefined;
}

export interface BuiltAgent {
  build: BuildInfo;
  /** The packages of others that it contains. */
  packages: BundledPackage[];
}

/** Compiles the agent for one target. Its build information is passed in files of mode 0600, never in arguments. */
export function buildAgent(target: Target, outfile: string, options: BuildOptions): BuiltAgent {
  const build = createBuildInfo(options);
  mkdirSync(dirname(outfile), { recursive: true });
  // A folder that only we can enter: the relay's password and key may be in it.
  const work = mkdtempSync(`${outfile}.`);
  try {
    const built = join(work, basename(outfile));
    const ofThread = writeScanThread(work);
    const entry = writeEntry(work, { build, extraSources: options.extraSources ?? [] });
    const sources = compileExecutable({ entry, target, outfile: built });
    chmodSync(built, build.config === undefined ? 0o755 : 0o700);
    renameSync(built, outfile);
    return { build, packages: [...bundledPackages([...sources, ...ofThread]), bunPackage(target)] };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function createBuildInfo(options: BuildOptions): BuildInfo {
  const config = options.configFile === undefined ? undefined : readConfig(options.configFile);
  const { trustFiles = false, trustCertificates = false, allowHttp = false } = options;
  return {
    version: options.version ?? versionOfCommit('dev'),
    areFilesTrusted: config === undefined || trustFiles,
    areCertificatesTrusted: trustCertificates || trustFiles,
    allowsPlainHttp: allowHttp,
    config,
    loader: options.configFile === undefined ? undefined : readLoader(dirname(options.configFile)),
  };
}

/** Writes a program that sets the build information and then imports the sources. Returns its path. */
function writeEntry(
  work: string,
  { build, extraSources }: { build: BuildInfo; extraSources: readonly string[] },
): string {
  const assignment = `globalThis.MIG_BUILD = ${JSON.stringify(build)};\n`;
  writeFileSync(join(work, 'build.ts'), assignment, { mode: 0o600 });
  const settings = ['./build.ts', './scan-thread-files.ts'];
  const sources = [...extraSources.map((file) => resolve(file)), join(ROOT, 'agent', 'main.ts')];
  const lines = [
    ...settings.map((file) => `import ${JSON.stringify(file)};`),
    // Parts that are imported statically are evaluated before the settings, and would not find them.
    ...sources.map((file) => `await import(${JSON.stringify(file)});`),
  ];
  const entry = join(work, 'mig-agent.ts');
  writeFileSync(entry, `${lines.join('\n')}\n`, { mode: 0o600 });
  return entry;
}

function readConfig(file: string): CompiledConfig {
  const ini = readFileSync(file, 'utf8');
  const certificates = parseIni(ini).get('certs');
  const readPem = (name: string) => {
    const path = certificates?.get(name)?.at(-1);
    return path ? readFileSync(path, 'utf8') : undefined;
  };
  const acl = join(dirname(file), 'acl.cfg');
  return {
    ini,
    acl: existsSync(acl) ? readFileSync(acl, 'utf8') : undefined,
    armoredKeys: readFiles(join(dirname(file), 'agentkeys')),
    certs: { ca: readPem('ca'), cert: readPem('cert'), key: readPem('key') },
  };
}

/** Undefined when nothing of a loader is there: the executable then takes all of it from files. */
function readLoader(folder: string): CompiledLoader | undefined {
  const armoredKeys = readFiles(join(folder, 'loaderkeys'));
  const file = join(folder, 'mig-loader.cfg');
  if (armoredKeys.length === 0) return undefined;
  return { ini: existsSync(file) ? readFileSync(file, 'utf8') : '', armoredKeys };
}

/** The contents of all files of a folder, ordered by name. */
function readFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
