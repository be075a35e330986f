import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigError } from '../../../contract/errors.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Writes the types of a source, and of what it imports, as `.d.ts` files in the same folders below `folder`. */
export function writeDeclarations(source: string, folder: string): void {
  const config = join(ROOT, `.release-types.${process.pid}.json`);
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: ROOT,
    outDir: folder,
  };
  writeFileSync(config, JSON.stringify({ extends: './tsconfig.json', compilerOptions, include: [source] }));
  try {
    const { status, stdout } = spawnSync(process.execPath, [compiler(), '-p', config], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (status !== 0) throw new MigError('internal', `the types of ${source} cannot be written:\n${stdout}`);
  } finally {
    rmSync(config, { force: true });
  }
  for (const file of declarations(folder)) nameScripts(file);
}

function compiler(): string {
  return join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
}

function declarations(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

/** Declarations import scripts: `./call.js` has its types in `call.d.ts`. */
function nameScripts(file: string): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replaceAll(/((?:from|import\()\s*['"]\.[^'"]*)\.ts(?=['"])/g, '$1.js'));
}
