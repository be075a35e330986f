import { execFileSync, spawnSync } from 'node:child_process';
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
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { BuildInfo, CompiledConfig, CompiledLoader } from '../../agent/config/build-info.ts';
import { MigError } from '../../contract/errors.ts';
import { parseIni } from '../../platform/files/ini.ts';
import { bunCompiler, bunRuntime } from './bun.ts';
import { nativeName, type Target, targetName } from './targets.ts';

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

/** Compiles the agent for one target. Its build information is passed in files of mode 0600, never in arguments. */
export function buildAgent(target: Target, outfile: string, options: BuildOptions): BuildInfo {
  const build = createBuildInfo(options);
  mkdirSync(dirname(outfile), { recursive: true });
  // A folder that only we can enter: the relay's password and key may be in it.
  const work = mkdtempSync(`${outfile}.`);
  try {
    const built = join(work, basename(outfile));
    compile(writeEntry(work, { build, extraSources: options.extraSources ?? [] }), target, built);
    chmodSync(built, build.config === undefined ? 0o755 : 0o700);
    renameSync(built, outfile);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return build;
}

function createBuildInfo(options: BuildOptions): BuildInfo {
  const config = options.configFile === undefined ? undefined : readConfig(options.configFile);
  const { trustFiles = false, trustCertificates = false, allowHttp = false } = options;
  return {
    version: options.version ?? versionOfCommit(),
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
  writeScanThread(work);
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

/** The thread of module yara is a program of its own. The executable holds it and its engine as files. */
function writeScanThread(work: string): void {
  buildSync({
    entryPoints: [join(ROOT, 'modules', 'yara', 'scan-thread.js')],
    outfile: join(work, 'scan-thread.js'),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const engine = join(
    dirname(createRequire(import.meta.url).resolve('@virustotal/yara-x')),
    'yara_x_js_bg.wasm',
  );
  const lines = [
    `import thread from './scan-thread.js' with { type: 'file' };`,
    `import engine from ${JSON.stringify(engine)} with { type: 'file' };`,
    'globalThis.MIG_SCAN_THREAD = { thread, engine };',
  ];
  writeFileSync(join(work, 'scan-thread-files.ts'), `${lines.join('\n')}\n`, { mode: 0o600 });
}

function compile(entry: string, target: Target, outfile: string): void {
  const bunTarget = `bun-${target.os}-${target.arch === 'amd64' ? 'x64' : 'arm64'}`;
  const built = spawnSync(
    bunCompiler(),
    [
      'build',
      '--compile',
      '--minify',
      // A module's process reads only the parts that it runs.
      '--splitting',
      `--target=${bunTarget}`,
      '--define=MIG_IS_COMPILED=true',
      // The agent must not read settings from its working directory.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      // Parsing is a third of a module's start. Compiled ahead of time only for the target that the tests run.
      ...(targetName(target) === nativeName() ? ['--bytecode', '--format=esm'] : []),
      `--compile-executable-path=${bunRuntime(target)}`,
      entry,
      '--outfile',
      outfile,
    ],
    { encoding: 'utf8', cwd: ROOT },
  );
  if (built.status !== 0) {
    throw new MigError('internal', `building the agent failed:\n${built.stdout}${built.stderr}`);
  }
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

/** `<time of the commit>+<commit>.<environment>`, comparable by time (spec/agent.md#versions). */
function versionOfCommit(): string {
  try {
    const args = ['log', '-1', '--format=%cd+%h', '--date=format:%Y%m%d%H%M'];
    const timeAndCommit = execFileSync('git', args, {
      encoding: 'utf8',
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return `${timeAndCommit.trim()}.dev`;
  } catch {
    return '0.unversioned';
  }
}
