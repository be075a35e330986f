import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDeb } from '../archives/deb.ts';
import type { Entry } from '../archives/entry.ts';
import { gzip } from '../archives/gzip.ts';
import { writeRpm } from '../archives/rpm.ts';
import type { ScriptName, SystemPackage } from '../archives/system-package.ts';
import { writeTar } from '../archives/tar.ts';
import type { BundledPackage } from './bundled/bundled-packages.ts';
import { combinedLicence, licenceNotices } from './bundled/licence-notices.ts';
import { type Target, targetName } from './targets.ts';

const TEMPLATES = fileURLToPath(new URL('package', import.meta.url));
const SAMPLE = 'mig-agent.cfg.sample';

export interface PackagedAgent {
  target: Target;
  /** The executable. */
  executable: string;
  version: string;
  /** A configuration is compiled in, and with it the relay's password and key. */
  hasSecrets: boolean;
  /** The packages of others that it contains. */
  packages: readonly BundledPackage[];
  /** Seconds since 1970, of everything in the packages. */
  timeS: number;
}

/**
 * Makes packages for operators beside the executable: a .tar.gz for every target, a .deb and an .rpm for Linux. Returns
 * their names. Only the owner can read a package with secrets.
 */
export function packageAgent(agent: PackagedAgent): string[] {
  const { target, executable } = agent;
  const folder = dirname(executable);
  const write = (name: string, data: Buffer) => {
    writePackage(join(folder, name), { data, mode: agent.hasSecrets ? 0o600 : 0o644 });
    return name;
  };
  const archive = write(`mig-agent-${targetName(target)}.tar.gz`, tarGzip(agent));
  if (target.os !== 'linux') return [archive];
  const deb = writeDeb(agentPackage(agent, 'debian'));
  const rpm = writeRpm(agentPackage(agent, 'rpm'));
  return [archive, write(`mig-agent_${target.arch}.deb`, deb), write(`mig-agent_${target.arch}.rpm`, rpm)];
}

function tarGzip(agent: PackagedAgent): Buffer {
  const { executable, version, timeS } = agent;
  const common = readdirSync(join(TEMPLATES, 'common')).map((name): Entry => {
    const mode = name === 'mig-agent-report' ? 0o755 : 0o644;
    return { path: `mig-agent/${name}`, mode, data: template('common', name) };
  });
  const entries: Entry[] = [
    { path: 'mig-agent', mode: 0o755, data: undefined },
    ...common,
    { path: `mig-agent/${basename(executable)}`, mode: 0o700, data: readFileSync(executable) },
    { path: 'mig-agent/LICENCES', mode: 0o644, data: notices(agent) },
    { path: 'mig-agent/VERSION', mode: 0o644, data: Buffer.from(`${version}\n`) },
  ];
  return gzip(writeTar(entries, { timeS }));
}

/**
 * Its scripts only call `mig-agent install` and `uninstall`. The agent has mode 0700, because keys of the relay may be
 * compiled in; other users read the report with mig-agent-report.
 */
function agentPackage(agent: PackagedAgent, kind: 'debian' | 'rpm'): SystemPackage {
  const { target, executable, version, packages, timeS } = agent;
  const documents = 'usr/share/doc/mig-agent';
  return {
    name: 'mig-agent',
    version,
    arch: target.arch,
    summary: 'endpoint program of Mozilla InvestiGator',
    description: ["Answers the security team's signed questions about this machine with match or no match."],
    licence: combinedLicence(packages),
    timeS,
    entries: [
      { path: 'etc/mig', mode: 0o750, data: undefined },
      { path: 'usr/sbin/mig-agent', mode: 0o700, data: readFileSync(executable) },
      { path: 'usr/bin/mig-agent-report', mode: 0o755, data: template('common', 'mig-agent-report') },
      { path: documents, mode: 0o755, data: undefined },
      { path: `${documents}/${SAMPLE}`, mode: 0o644, data: template('common', SAMPLE) },
      { path: `${documents}/README`, mode: 0o644, data: template('common', 'README') },
      { path: `${documents}/copyright`, mode: 0o644, data: notices(agent) },
    ],
    scripts: readScripts(kind),
  };
}

function readScripts(kind: 'debian' | 'rpm'): Partial<Record<ScriptName, string>> {
  return Object.fromEntries(
    readdirSync(join(TEMPLATES, kind)).map((name) => [name, template(kind, name).toString()]),
  );
}

function notices({ packages }: PackagedAgent): Buffer {
  return Buffer.from(licenceNotices('mig-agent', packages));
}

function template(folder: string, name: string): Buffer {
  return readFileSync(join(TEMPLATES, folder, name));
}

/** Writes the file in a folder that only we can enter, and moves it when it is whole. */
function writePackage(file: string, { data, mode }: { data: Buffer; mode: number }): void {
  const work = mkdtempSync(`${file}.`);
  try {
    const unfinished = join(work, basename(file));
    writeFileSync(unfinished, data, { mode: 0o600 });
    chmodSync(unfinished, mode);
    renameSync(unfinished, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
