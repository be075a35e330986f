import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countOf } from '../../contract/text/count-of.ts';
import { runScript, usage } from '../../platform/program/command-line.ts';
import { selectTarget, TARGETS, targetName } from '../build/targets.ts';
import { checkReproducible } from './build-twice.ts';
import { makeRelease } from './make-release.ts';
import { openSigner, signSums } from './sums.ts';

const USAGE = `npm run release: what is published, in dist/release

  npm run release                      the npm package of mig, executables of mig and of the agent, .deb, .rpm and
                                       .tar.gz, a bill of materials (CycloneDX) of each, and SHA256SUMS
  npm run release -- --key FILE        signs SHA256SUMS with an OpenPGP key: SHA256SUMS.asc
  npm run release -- --check           makes it in two copies of the sources, and compares every file

  --npm           only the npm package and its bill
  --system NAME   ${TARGETS.map(targetName).join(', ')}; repeatable. Default: all
  --key FILE      a file of mode 0600 with one private key; MIGPGPPASSPHRASE has its passphrase
  --out FOLDER    default: dist/release; a release that is there is replaced

docs/installing.md says what is what, and how to verify it.
`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

await runScript(
  {
    usage: USAGE,
    options: {
      npm: { type: 'boolean' },
      system: { type: 'string', multiple: true },
      key: { type: 'string' },
      out: { type: 'string' },
      check: { type: 'boolean' },
    },
  },
  async ({ npm, system, key, out, check }) => {
    const names = selectSystems({ npm, system });
    const targets = names.map(selectTarget);
    const passphrase = takePassphrase();
    if (check) return checkTwice(names, { key, out });
    const signer = key === undefined ? undefined : await openSigner(key, passphrase);
    const folder = resolve(out ?? join(ROOT, 'dist', 'release'));
    const print = (line: string) => void process.stdout.write(`${line}\n`);
    if (hasChanges()) process.stderr.write('there are changes that no commit has: this is no release\n');
    await makeRelease({ out: folder, targets, report: print });
    if (signer !== undefined) {
      await signSums(folder, signer);
      print(`SHA256SUMS.asc, by ${signer.fingerprint}`);
    }
    print(`in ${folder}`);
    return 0;
  },
);

function selectSystems({
  npm,
  system,
}: {
  npm: boolean | undefined;
  system: string[] | undefined;
}): readonly string[] {
  if (npm && system) throw usage('--npm and --system exclude each other');
  return npm ? [] : (system ?? TARGETS.map(targetName));
}

function checkTwice(
  system: readonly string[],
  { key, out }: { key: string | undefined; out: string | undefined },
): number {
  if (key !== undefined || out !== undefined) throw usage('--check writes and signs nothing');
  const count = checkReproducible(system);
  process.stdout.write(`${countOf(count, 'file')}: the same in two folders\n`);
  return 0;
}

function hasChanges(): boolean {
  try {
    return execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' }) !== '';
  } catch {
    return false;
  }
}

/** Takes it out of the environment, so that no program that is started gets it. */
function takePassphrase(): string | undefined {
  const { MIGPGPPASSPHRASE } = process.env;
  delete process.env.MIGPGPPASSPHRASE;
  return MIGPGPPASSPHRASE;
}
