import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Format = 'ustar' | 'gnu' | 'pax';

/** Makes an archive of files by their paths, with the system's tar and gzip. */
export function makeTarGzip(files: ReadonlyMap<string, Buffer>, format: Format = 'ustar'): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'mig-tar-'));
  try {
    for (const [path, data] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), data);
    }
    const paths = ['--', ...files.keys()];
    return execFileSync('tar', ['-C', folder, `--format=${format}`, '-cz', ...paths], { maxBuffer: 2 ** 28 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
