import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '../../contract/digest.ts';
import { runScript, usage } from '../../platform/program/command-line.ts';
import { type BuildOptions, buildAgent } from './build-agent.ts';
import { packageAgent } from './package-agent.ts';
import { nativeName, selectTarget, TARGETS, type Target, targetName } from './targets.ts';
import { sourceTimeS } from './version-of-commit.ts';

const USAGE = `npm run build:agent: the agent as one executable, dist/agent/<os>-<arch>/mig-agent[.exe]

  npm run build:agent                          for this machine; keys and ACL are read from files
  npm run build:agent -- --all                 for every target, with SHA256SUMS
  npm run build:agent -- --config FILE         compile in MIG's mig-agent.cfg, and acl.cfg, agentkeys/ beside it
  npm run build:agent -- --all --packages      .deb, .rpm and .tar.gz too

  --config FILE    keys and ACL in files on the endpoint do not count any more, unless
  --trust-files    is given too
  --trust-certs    certificates that the file on the endpoint names replace those compiled in: a CA can be rotated
  --allow-http     upgrades may be fetched over plain HTTP, not only HTTPS
  --target NAME    ${TARGETS.map(targetName).join(', ')}; repeatable
  --with FILE      a source that registers further modules (docs/writing-a-module.md); repeatable
  --version TEXT   default: time and name of the commit
  --out FOLDER     default: dist/agent
`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

await runScript(
  {
    usage: USAGE,
    options: {
      all: { type: 'boolean' },
      packages: { type: 'boolean' },
      config: { type: 'string' },
      'trust-files': { type: 'boolean' },
      'trust-certs': { type: 'boolean' },
      'allow-http': { type: 'boolean' },
      target: { type: 'string', multiple: true },
      with: { type: 'string', multiple: true },
      version: { type: 'string' },
      out: { type: 'string' },
    },
  },
  (values) => {
    if (values.all && values.target) throw usage('--all and --target exclude each other');
    const targets = selectTargets(values);
    for (const file of [values.config ?? [], values.with ?? []].flat()) requireFile(file);
    const out = values.out ?? join(ROOT, 'dist', 'agent');
    const options = {
      configFile: values.config,
      trustFiles: values['trust-files'],
      trustCertificates: values['trust-certs'],
      allowHttp: values['allow-http'],
      extraSources: values.with,
      version: values.version,
    };
    const withPackages = values.packages === true;
    const files = targets.flatMap((target) => buildTarget(target, { out, options, withPackages }));
    const sums = files.map((file) => `${sha256(join(out, file))}  ${file}\n`).join('');
    writeFileSync(join(out, 'SHA256SUMS'), sums);
    return 0;
  },
);

/** Returns the files that it made, below `out`. */
function buildTarget(
  target: Target,
  { out, options, withPackages }: { out: string; options: BuildOptions; withPackages: boolean },
): string[] {
  const file = join(targetName(target), target.os === 'windows' ? 'mig-agent.exe' : 'mig-agent');
  const executable = join(out, file);
  const { build, packages } = buildAgent(target, executable, options);
  const { version, config } = build;
  const made = {
    target,
    executable,
    version,
    hasSecrets: config !== undefined,
    packages,
    timeS: sourceTimeS(),
  };
  const names = withPackages ? packageAgent(made) : [];
  process.stdout.write(`${executable} ${version}\n`);
  return [file, ...names.map((name) => join(dirname(file), name))];
}

function requireFile(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw usage(`${file}: no such file`);
}

function selectTargets({
  all,
  target,
}: {
  all?: boolean | undefined;
  target?: string[] | undefined;
}): Target[] {
  return all ? [...TARGETS] : (target ?? [nativeName()]).map(selectTarget);
}

function sha256(file: string): string {
  return sha256Hex(readFileSync(file));
}
