import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './programs.ts';
import { SOURCE_CHANGES, type SourceChange } from './source-changes.ts';

/** The package of each program, below MIG's own. */
const PACKAGES: Readonly<Record<Program, string>> = {
  mig: 'client/mig',
  'mig-console': 'client/mig-console',
  'mig-action-generator': 'client/mig-action-generator',
  'mig-action-verifier': 'client/mig-action-verifier',
  'mig-agent-search': 'client/mig-agent-search',
  'mig-runner': 'mig-runner',
  'mig-loader': 'mig-loader',
};
const MIG = 'github.com/mozilla/mig';
/** What the programs print as their version. */
export const BUILT_VERSION = '20190913-interop';
/** The modules that MIG does not build in by default. `yara` needs a library of its own and is left out. */
const TAGS = 'modaudit,moddispatch,modexample,modexamplepersist,modmemory';
const BUILD_TIMEOUT_MS = 600_000;

/**
 * Builds programs of MIG from a folder with its source, which stays as it is. Returns the executables. Throws Go's message
 * when it fails.
 */
export function buildPrograms<Name extends Program>(
  programs: readonly Name[],
  options: { go: string; source: string; folder: string },
): Record<Name, string> {
  const { go, source, folder } = options;
  const gopath = join(folder, 'gopath');
  const mig = join(gopath, 'src', MIG);
  mkdirSync(join(mig, '..'), { recursive: true });
  symlinkSync(source, mig);
  const overlay = writeOverlay(folder, mig);
  const build = (program: Name): [Name, string] => {
    const executable = join(folder, 'bin', program);
    const flags = ['-trimpath', '-tags', TAGS, '-overlay', overlay];
    const version = ['-ldflags', `-X ${MIG}.Version=${BUILT_VERSION}`];
    const args = ['build', ...flags, ...version, '-o', executable, `${MIG}/${PACKAGES[program]}`];
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: gopath, GOFLAGS: '' };
    const { status, stderr } = spawnSync(go, args, { env, encoding: 'utf8', timeout: BUILD_TIMEOUT_MS });
    if (status !== 0) throw new Error(`go ${args.join(' ')}: ${stderr.trim().slice(-2000)}`);
    return [program, executable];
  };
  return Object.fromEntries(programs.map(build)) as Record<Name, string>;
}

/** Writes the changed files beside the source, and the list that makes Go read them instead. */
function writeOverlay(folder: string, mig: string): string {
  const changed = join(folder, 'changed');
  mkdirSync(changed);
  const files = [...new Set(SOURCE_CHANGES.map(({ file }) => file))];
  const entries = files.map((file, index) => {
    const original = join(mig, file);
    const copy = join(changed, `${index}.go`);
    writeFileSync(
      copy,
      changedText(
        original,
        SOURCE_CHANGES.filter((change) => change.file === file),
      ),
    );
    return [original, copy];
  });
  const overlay = join(folder, 'overlay.json');
  writeFileSync(overlay, JSON.stringify({ Replace: Object.fromEntries(entries) }));
  return overlay;
}

function changedText(original: string, changes: readonly SourceChange[]): string {
  return changes.reduce(
    (text, { file, from, to }) => {
      const parts = text.split(from);
      if (parts.length !== 2)
        throw new Error(`${file}: the text to change is there ${parts.length - 1} times`);
      return parts.join(to);
    },
    readFileSync(original, 'utf8'),
  );
}
