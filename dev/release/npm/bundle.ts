import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { bundleScanThread, scanEngine } from '../../build/scan-thread.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** The oldest version of Node that runs the package, as `engines` of package.json says. */
const OLDEST_NODE = 'node20.19';

/** What `mig/client` is. Its package needs zod at run time, as its types do. */
export const CLIENT = { source: 'client/client.ts', external: ['zod'] } as const;

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: OLDEST_NODE,
  minify: true,
  metafile: true,
  legalComments: 'eof',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Starts `mig`: says where the thread of module yara is, which a bundle cannot tell, and loads the rest. */
const START = `#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

const engine = fileURLToPath(new URL('./yara_x_js_bg.wasm', import.meta.url));
globalThis.MIG_SCAN_THREAD = { thread: new URL('./scan-thread.js', import.meta.url), engine };
await import('./main.js');
`;

/**
 * Bundles `mig` into a folder: `mig.js` and what it loads when it needs it, so that a command reads no more than it runs.
 * Returns the sources of the bundle.
 */
export async function bundleCli(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    ...COMMON,
    entryPoints: [{ in: join(ROOT, 'cli', 'main.ts'), out: 'main' }],
    outdir: folder,
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    // Some packages ask for parts of Node by require, which a module does not have.
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
  });
  const ofThread = bundleScanThread(join(folder, 'scan-thread.js'));
  copyFileSync(scanEngine(), join(folder, 'yara_x_js_bg.wasm'));
  writeFileSync(join(folder, 'mig.js'), START, { mode: 0o755 });
  return [...Object.keys(metafile.inputs), ...ofThread];
}

/** Bundles the client of the API into one file. Returns the sources of the bundle. */
export async function bundleClient(outfile: string): Promise<string[]> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: [join(ROOT, CLIENT.source)],
    outfile,
    external: [...CLIENT.external],
    // Its users read it in a debugger.
    minify: false,
  });
  return Object.keys(metafile.inputs);
}
