import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDERS = 500;
const FILES_PER_FOLDER = 100;
const LARGE_FILES = 8;
const LARGE_BYTES = 112 * 1024 * 1024;

/**
 * Makes 50,000 files of one line to a few kB in 500 folders, and eight of 112 MB in the page cache. The lines look like a
 * configuration.
 */
export function openFileTree(): { folder: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'mig-bench-tree-'));
  const random = createRandom();
  const block = Array.from({ length: 2000 }, () => randomLine(random)).join('\n');
  makeSmallFiles(folder, { block, random });
  makeLargeFiles(folder, block);
  spawnSync('sh', ['-c', `cat $(find ${folder} -name 'large-*') > /dev/null`]);
  return {
    folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A linear congruential generator: every run makes the same tree. */
function createRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state;
  };
}

function randomLine(random: () => number): string {
  return `user${random() % 1000} = value-${random()}-${random()}; # needle-${random() % 1000}`;
}

function makeSmallFiles(tree: string, { block, random }: { block: string; random: () => number }): void {
  for (let folder = 0; folder < FOLDERS; folder++) {
    const path = join(tree, `folder-${folder}`);
    mkdirSync(path);
    for (let i = 0; i < FILES_PER_FOLDER; i++) {
      const from = random() % 50_000;
      const text = block.slice(from, from + 50 + (random() % 2000));
      writeFileSync(join(path, `file-${folder * FILES_PER_FOLDER + i}.txt`), text);
    }
  }
}

function makeLargeFiles(tree: string, block: string): void {
  const chunk = Buffer.from(`${block}\n`);
  for (let i = 0; i < LARGE_FILES; i++) {
    const fd = openSync(join(tree, `large-${i}.log`), 'w');
    let bytes = 0;
    while (bytes < LARGE_BYTES) bytes += writeSync(fd, chunk);
    closeSync(fd);
  }
}
