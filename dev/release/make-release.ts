import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { VERSION } from '../../contract/version.ts';
import { writeDeb } from '../archives/deb.ts';
import { writeRpm } from '../archives/rpm.ts';
import { buildAgent } from '../build/build-agent.ts';
import { buildCli } from '../build/build-cli.ts';
import type { BundledPackage } from '../build/bundled/bundled-packages.ts';
import { packageAgent } from '../build/package-agent.ts';
import { type Target, targetName } from '../build/targets.ts';
import { sourceTimeS, versionOfCommit } from '../build/version-of-commit.ts';
import { type BuiltCli, cliPackage } from './cli-package.ts';
import { makeNpmPackage } from './npm/npm-package.ts';
import { bomOf } from './sbom.ts';
import { writeSums } from './sums.ts';

const RPM_ARCHITECTURES = { amd64: 'x86_64', arm64: 'aarch64' } as const;

interface ReleaseOptions {
  /** The folder that gets the files, in place of a release that is there. */
  out: string;
  /** Without any only the npm package is made. */
  targets: readonly Target[];
  report: (line: string) => void;
}

interface Making extends ReleaseOptions {
  /** A folder for what is not published. */
  work: string;
  timeS: number;
}

/** Makes everything that is published, and SHA256SUMS. Returns the names of the files. */
export async function makeRelease(options: ReleaseOptions): Promise<string[]> {
  const { out, targets, report } = options;
  emptyFolder(out);
  const work = mkdtempSync(`${out}.`);
  const making = { ...options, work, timeS: sourceTimeS() };
  try {
    const names = await releaseNpmPackage(making);
    const clis = targets.map((target) => releaseCli(making, target));
    const agents = targets.map((target) => releaseAgent(making, target));
    names.push(...clis.flatMap(({ files }) => files), ...agents.flatMap(({ files }) => files));
    if (targets.length > 0) {
      names.push(
        writeBom(making, { name: 'mig', version: VERSION }, clis),
        writeBom(making, { name: 'mig-agent', version: agentVersion() }, agents),
      );
    }
    writeSums(out, names);
    for (const name of names.toSorted()) report(name);
    return [...names, 'SHA256SUMS'];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Removes the release that is there. A folder with anything else could be somebody's home. */
function emptyFolder(out: string): void {
  const isOurs = !existsSync(out) || readdirSync(out).length === 0 || existsSync(join(out, 'SHA256SUMS'));
  if (!isOurs) throw new MigError('usage', `--out: ${out} has something else than a release`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
}

interface Made {
  files: string[];
  packages: readonly BundledPackage[];
}

async function releaseNpmPackage({ out, work, timeS }: Making): Promise<string[]> {
  const file = `mig-${VERSION}.tgz`;
  const packages = await makeNpmPackage(join(out, file), work);
  const bom = `mig-${VERSION}-npm.cdx.json`;
  writeJson(join(out, bom), bomOf({ name: 'mig', version: VERSION, timeS }, packages));
  return [file, bom];
}

function releaseCli({ out, timeS }: Making, target: Target): Made {
  const name = `mig-${VERSION}-${targetName(target)}${extensionOf(target)}`;
  const executable = join(out, name);
  const packages = buildCli(target, executable);
  if (target.os !== 'linux') return { files: [name], packages };
  const built: BuiltCli = { target, executable, version: VERSION, packages, timeS };
  const { deb, rpm } = packageNames('mig', VERSION, target);
  writeFileSync(join(out, deb), writeDeb(cliPackage(built, 'deb')));
  writeFileSync(join(out, rpm), writeRpm(cliPackage(built, 'rpm')));
  return { files: [name, deb, rpm], packages };
}

/** The agent without a configuration: keys and ACL are files on the endpoint. `npm run build:agent` compiles them in. */
function releaseAgent({ out, work, timeS }: Making, target: Target): Made {
  const version = agentVersion();
  const extension = extensionOf(target);
  const folder = join(work, targetName(target));
  const executable = join(folder, `mig-agent${extension}`);
  const { packages } = buildAgent(target, executable, { version });
  const made = packageAgent({ target, executable, version, hasSecrets: false, packages, timeS });
  const name = `mig-agent-${version}-${targetName(target)}`;
  const { deb, rpm } = packageNames('mig-agent', version, target);
  const published = new Map([
    [`mig-agent-${targetName(target)}.tar.gz`, `${name}.tar.gz`],
    [`mig-agent_${target.arch}.deb`, deb],
    [`mig-agent_${target.arch}.rpm`, rpm],
  ]);
  copyFileSync(executable, join(out, `${name}${extension}`));
  const files = made.map((file) => publishedName(published, file));
  for (const [index, file] of made.entries()) renameSync(join(folder, file), join(out, files[index] ?? file));
  return { files: [`${name}${extension}`, ...files], packages };
}

function publishedName(published: ReadonlyMap<string, string>, file: string): string {
  const name = published.get(file);
  if (name === undefined) throw new Error(`no name for ${file}`);
  return name;
}

function agentVersion(): string {
  return versionOfCommit('prod');
}

/** The names that the package managers use. */
function packageNames(name: string, version: string, { arch }: Target): { deb: string; rpm: string } {
  return {
    deb: `${name}_${version}_${arch}.deb`,
    rpm: `${name}-${version}-1.${RPM_ARCHITECTURES[arch]}.rpm`,
  };
}

/** One bill for the executables of all systems: they differ by their runtime. Returns its name. */
function writeBom(
  { out, timeS }: Making,
  { name, version }: { name: string; version: string },
  made: readonly Made[],
): string {
  const packages = new Map(made.flatMap(({ packages }) => packages.map((one) => [one.name, one])));
  const file = `${name}-${version}.cdx.json`;
  writeJson(join(out, file), bomOf({ name, version, timeS }, [...packages.values()]));
  return file;
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function extensionOf({ os }: Target): string {
  return os === 'windows' ? '.exe' : '';
}
