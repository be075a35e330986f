import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manPages } from '../../../cli/man/man-pages.ts';
import { type BundledPackage, bundledPackages } from '../../build/bundled/bundled-packages.ts';
import { licenceNotices } from '../../build/bundled/licence-notices.ts';
import { bundleCli, bundleClient, CLIENT } from './bundle.ts';
import { writeDeclarations } from './declarations.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const README = fileURLToPath(new URL('README.md', import.meta.url));

interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  engines: Record<string, string>;
  dependencies: Record<string, string>;
}

/**
 * Makes the npm package of `mig` and its client, by `npm pack` of a folder that has no sources and no scripts. Everything
 * that it needs is in it, so that it installs without a registry. Returns the packages of others that it contains.
 */
export async function makeNpmPackage(outfile: string, work: string): Promise<BundledPackage[]> {
  const folder = join(work, 'npm');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const sources = [
    ...(await bundleCli(join(folder, 'dist'))),
    ...(await bundleClient(join(folder, 'client', 'client.js'))),
  ];
  writeDeclarations(CLIENT.source, join(folder, 'types'));
  const manifest = readManifest();
  for (const name of CLIENT.external) copyPackage(name, folder);
  const packages = bundledPackages([
    ...sources,
    ...CLIENT.external.map((name) => `node_modules/${name}/package.json`),
  ]);
  const pages = writeManPages(folder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson(manifest, pages), null, 2)}\n`);
  writeFileSync(join(folder, 'LICENCES'), licenceNotices('mig', packages));
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(README, join(folder, 'README.md'));
  pack(folder, { work, outfile, name: `${manifest.name}-${manifest.version}.tgz` });
  return packages;
}

function packageJson(manifest: Manifest, manPages: readonly string[]): object {
  const { name, version, description, license, engines, dependencies } = manifest;
  const needed = CLIENT.external.map((external) => [external, dependencies[external]]);
  const types = `./types/${CLIENT.source.replace(/\.ts$/, '.d.ts')}`;
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines,
    bin: { mig: './dist/mig.js' },
    exports: { './client': { types, default: './client/client.js' }, './package.json': './package.json' },
    ...(manPages.length > 0 ? { man: manPages } : {}),
    files: ['client', 'dist', 'LICENCES', 'man', 'types'],
    dependencies: Object.fromEntries(needed),
    bundleDependencies: CLIENT.external,
  };
}

function readManifest(): Manifest {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  for (const name of CLIENT.external) {
    const version = manifest.dependencies[name];
    if (version === undefined || !/^\d/.test(version))
      throw new Error(`package.json must name an exact version of ${name}, not ${version}`);
  }
  return manifest;
}

function copyPackage(name: string, folder: string): void {
  cpSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
}

/** Returns the paths of the pages, below the folder. */
function writeManPages(folder: string): string[] {
  const pages = manPages();
  mkdirSync(join(folder, 'man'));
  for (const [name, text] of pages) writeFileSync(join(folder, 'man', name), text);
  return [...pages.keys()].map((name) => `./man/${name}`);
}

function pack(
  folder: string,
  { work, outfile, name }: { work: string; outfile: string; name: string },
): void {
  execFileSync(
    'npm',
    ['pack', '--silent', '--offline', '--ignore-scripts', '--pack-destination', work, folder],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  renameSync(join(work, name), outfile);
}
