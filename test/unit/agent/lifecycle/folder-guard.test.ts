import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { guardFolders } from '../../../../agent/lifecycle/folder-guard.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-guard-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const guard = (paths: { files?: string[]; folders?: string[] }) =>
  guardFolders({ files: [], folders: [], ...paths }, process.geteuid?.());
const refusal = expect.objectContaining({ code: 'folder_writable' });

let trees = 0;
/** Makes nested folders with these modes. The path enters each by its name or through a link beside it. */
function makeChain(parts: readonly { mode: number; isLinked: boolean }[]): string {
  let path = join(root, String(trees++));
  mkdirSync(path, { mode: 0o755 });
  for (const { mode, isLinked } of parts) {
    const folder = join(path, 'folder');
    mkdirSync(folder);
    chmodSync(folder, mode);
    if (isLinked) symlinkSync(folder, join(path, 'link'));
    path = join(path, isLinked ? 'link' : 'folder');
  }
  return path;
}

const part = fc.record({
  mode: fc.constantFrom(0o700, 0o711, 0o755, 0o750, 0o775, 0o757, 0o777, 0o1777, 0o1775, 0o2755, 0o2775),
  isLinked: fc.boolean(),
});

test('a folder is refused exactly when others can write to it or to a parent without the sticky bit, also through links', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const path = makeChain(parts);
      const isOpen = parts.some(
        ({ mode }, index) => (mode & 0o022) !== 0 && ((mode & 0o1000) === 0 || index === parts.length - 1),
      );
      const file = join(path, 'mig-agent.cfg');
      writeFileSync(file, '', { mode: 0o600 });
      for (const paths of [
        { folders: [path] },
        { files: [file] },
        { folders: [join(path, 'not', 'there')] },
      ]) {
        // A missing folder will be created in the last folder of the chain, which is a mere parent then.
        const isRefused = paths.folders?.[0]?.endsWith('there')
          ? parts.some(({ mode }) => (mode & 0o022) !== 0 && (mode & 0o1000) === 0)
          : isOpen;
        if (isRefused) expect(() => guard(paths)).toThrow(refusal);
        else guard(paths);
      }
    }),
    { numRuns: 60 },
  );
});

test('a file that others can write is refused with a remedy', () => {
  const file = join(makeChain([]), 'mig-agent.cfg');
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  expect(() => guard({ files: [file] })).toThrow(
    `the agent runs as root and does not start: ${file} can be written by others; install it where only root can write, or: chmod go-w '${file}'`,
  );
});

test('a loop of links is refused', () => {
  const folder = makeChain([]);
  symlinkSync(join(folder, 'b'), join(folder, 'a'));
  symlinkSync(join(folder, 'a'), join(folder, 'b'));
  expect(() => guard({ folders: [join(folder, 'a', 'state')] })).toThrow(refusal);
});

test('a folder that belongs to neither root nor the agent is refused', () => {
  const path = makeChain([{ mode: 0o755, isLinked: false }]);
  const ownId = process.geteuid?.() ?? 0;
  // Only root can change the owner of a folder. Other users pretend that the agent runs as somebody else.
  if (ownId === 0) chownSync(path, 54_321, 0);
  const agentId = ownId === 0 ? 0 : ownId + 1;
  expect(() => guardFolders({ files: [], folders: [join(path, 'state')] }, agentId)).toThrow(refusal);
});
