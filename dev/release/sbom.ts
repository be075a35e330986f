import type { BundledPackage } from '../build/bundled/bundled-packages.ts';

interface Program {
  name: string;
  version: string;
  /** Seconds since 1970. */
  timeS: number;
}

/**
 * The bill of materials of a program: which packages of others are in it, from which archives, under which licences, as
 * CycloneDX 1.6 (ECMA-424). It has no serial number, and its time is that of the sources, so that it can be made again.
 */
export function bomOf({ name, version, timeS }: Program, packages: readonly BundledPackage[]): object {
  const component = {
    type: 'application',
    'bom-ref': `${name}@${version}`,
    name,
    version,
    licenses: [{ license: { id: 'MPL-2.0' } }],
    purl: `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`,
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(timeS * 1000).toISOString(),
      lifecycles: [{ phase: 'build' }],
      component,
    },
    components: packages.map(componentOf),
    dependencies: [
      { ref: component['bom-ref'], dependsOn: packages.map(purlOf).sort() },
      ...packages.map((one) => ({ ref: purlOf(one), dependsOn: needsOf(one, packages) })),
    ],
  };
}

function componentOf(one: BundledPackage): object {
  const { licence, sha512 } = one;
  const { group, name } = splitName(one.name);
  return {
    type: one.name.startsWith('@oven/') ? 'platform' : 'library',
    'bom-ref': purlOf(one),
    ...(group === undefined ? {} : { group }),
    name,
    version: one.version,
    ...(sha512 === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
    licenses: [/[ (]/.test(licence) ? { expression: licence } : { license: { id: licence } }],
    purl: purlOf(one),
  };
}

/** Those of its packages that are in the program, too. */
function needsOf({ dependencies }: BundledPackage, packages: readonly BundledPackage[]): string[] {
  return packages
    .filter(({ name }) => dependencies.includes(name))
    .map(purlOf)
    .sort();
}

function purlOf({ name, version }: BundledPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function splitName(full: string): { group: string | undefined; name: string } {
  const [, group, name = full] = /^(@[^/]+)\/(.+)$/.exec(full) ?? [];
  return { group, name };
}
