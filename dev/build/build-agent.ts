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
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildInfo, CompiledConfig } from '../../agent/config/build-info.ts';
import { MigError } from '../../contract/errors.ts';
import { parseIni } from '../../platform/files/ini.ts';
import { bunCompiler, bunRuntime, nativeName, type Target, targetName } from './bun.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface BuildOptions {
  /** MIG's mig-agent.cfg, with acl.cfg and agentkeys/ beside it, to compile in. */
  configFile?: string | undefined;
  /** Keys and ACL in files count although there are compiled-in ones. */
  trustFiles?: boolean | undefined;
  /** Certificates that the file on the endpoint names replace compiled-in ones. */
  trustCertificates?: boolean | undefined;
  /** Upgrades may be fetched over plain HTTP. */
  allowHttp?: boolean | undefined;
  /** Sources that run before the agent: they register further modules. */
  extraSources?: readonly string[] | undefined;
  version?: string | undefined;
}

/** Compiles the agent for one target. What it is told goes in through files of mode 0600, never through arguments. */
export function buildAgent(target: Target, outfile: string, options: BuildOptions): BuildInfo {
  const config = options.configFile === undefined ? undefined : readConfig(options.configFile);
  const build: BuildInfo = {
    version: options.version ?? version(),
    areFilesTrusted: config === undefined || options.trustFiles === true,
    ...(options.trustCertificates === true || options.trustFiles === true
      ? { areCertificatesTrusted: true }
      : {}),
    ...(options.allowHttp === true ? { allowsPlainHttp: true } : {}),
    ...(config === undefined ? {} : { config }),
  };
  mkdirSync(dirname(outfile), { recursive: true });
  // Beside the result, and nobody else's to read: a relay's password and key may be in it.
  const work = mkdtempSync(`${outfile}.`);
  try {
    writeFileSync(join(work, 'build.ts'), `globalThis.MIG_BUILD = ${JSON.stringify(build)};\n`, {
      mode: 0o600,
    });
    const sources = [
      './build.ts',
      ...(options.extraSources ?? []).map((file) => resolve(file)),
      join(ROOT, 'agent', 'main.ts'),
    ];
    const entry = join(work, 'mig-agent.ts');
    writeFileSync(entry, sources.map((file) => `import ${JSON.stringify(file)};\n`).join(''), {
      mode: 0o600,
    });
    const built = join(work, basename(outfile));
    compile(entry, target, built);
    chmodSync(built, config === undefined ? 0o755 : 0o700);
    renameSync(built, outfile);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return build;
}

function compile(entry: string, target: Target, outfile: string): void {
  const bunTarget = `bun-${target.os}-${target.arch === 'amd64' ? 'x64' : 'arm64'}`;
  const built = spawnSync(
    bunCompiler(),
    [
      'build',
      '--compile',
      '--minify',
      `--target=${bunTarget}`,
      // The agent must not take settings from whatever folder it is started in.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      // A third of a module's start is parsing; compiled ahead only where the tests run it.
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
  const parsed = parseIni(ini);
  const folder = dirname(file);
  const keys = join(folder, 'agentkeys');
  const acl = join(folder, 'acl.cfg');
  const pem = (key: string) => {
    const path = parsed.get('certs')?.get(key)?.at(-1);
    return path ? readFileSync(path, 'utf8') : undefined;
  };
  return {
    ini,
    acl: existsSync(acl) ? readFileSync(acl, 'utf8') : undefined,
    armoredKeys: existsSync(keys)
      ? readdirSync(keys)
          .sort()
          .map((name) => readFileSync(join(keys, name), 'utf8'))
      : [],
    certs: { ca: pem('ca'), cert: pem('cert'), key: pem('key') },
  };
}

/** `<time of the commit>+<commit>.<environment>`, comparable by time (spec/agent.md#versions). */
function version(): string {
  try {
    const [time = '', commit = ''] = execFileSync(
      'git',
      ['log', '-1', '--format=%cd %h', '--date=format:%Y%m%d%H%M'],
      { encoding: 'utf8', cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] },
    )
      .trim()
      .split(' ');
    return `${time}+${commit}.dev`;
  } catch {
    return '0.unversioned';
  }
}
