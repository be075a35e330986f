import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { bunPackage } from '../../../../dev/build/bundled/bun-runtime.ts';
import { bundledPackages } from '../../../../dev/build/bundled/bundled-packages.ts';
import { combinedLicence, licenceNotices } from '../../../../dev/build/bundled/licence-notices.ts';
import { selectTarget } from '../../../../dev/build/targets.ts';
import { bomOf } from '../../../../dev/release/sbom.ts';

const PROGRAM = { name: 'mig', version: '0.1.0', timeS: 1_700_000_000 };
const PACKAGES = [
  ...bundledPackages([
    'node_modules/openpgp/dist/node/openpgp.mjs',
    'node_modules/zod/index.js',
    'node_modules/zod/v4/core.js',
    '../node_modules/@modelcontextprotocol/server/dist/index.mjs',
    'node_modules/@modelcontextprotocol/core/dist/index.mjs',
    'cli/main.ts',
  ]),
  bunPackage(selectTarget('linux-amd64')),
];

/** What CycloneDX 1.6 asks of the parts that a bill of ours has. */
const SCHEMA = {
  type: 'object',
  required: ['bomFormat', 'specVersion', 'version', 'metadata', 'components', 'dependencies'],
  additionalProperties: false,
  properties: {
    $schema: { const: 'http://cyclonedx.org/schema/bom-1.6.schema.json' },
    bomFormat: { const: 'CycloneDX' },
    specVersion: { const: '1.6' },
    version: { const: 1 },
    metadata: {
      type: 'object',
      additionalProperties: false,
      properties: {
        timestamp: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' },
        lifecycles: { type: 'array', items: { type: 'object', properties: { phase: { enum: ['build'] } } } },
        component: { $ref: '#/$defs/component' },
      },
    },
    components: { type: 'array', uniqueItems: true, items: { $ref: '#/$defs/component' } },
    dependencies: {
      type: 'array',
      items: {
        type: 'object',
        required: ['ref'],
        additionalProperties: false,
        properties: {
          ref: { type: 'string', minLength: 1 },
          dependsOn: { type: 'array', uniqueItems: true, items: { type: 'string', minLength: 1 } },
        },
      },
    },
  },
  $defs: {
    component: {
      type: 'object',
      required: ['type', 'name', 'version', 'licenses', 'purl', 'bom-ref'],
      additionalProperties: false,
      properties: {
        type: { enum: ['application', 'library', 'platform'] },
        'bom-ref': { type: 'string', minLength: 1 },
        group: { type: 'string' },
        name: { type: 'string', minLength: 1 },
        version: { type: 'string', minLength: 1 },
        hashes: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              alg: { const: 'SHA-512' },
              content: { type: 'string', pattern: '^[0-9a-f]{128}$' },
            },
          },
        },
        licenses: { type: 'array', minItems: 1 },
        purl: { type: 'string', pattern: '^pkg:(npm|generic)/[^@\\s]+@[^@\\s]+$' },
      },
    },
  },
};

test('a bill of materials has the form of CycloneDX 1.6', () => {
  const validate = new Ajv({ allErrors: true }).compile(SCHEMA);
  validate(bomOf(PROGRAM, PACKAGES));
  expect(validate.errors).toBe(null);
});

test('each package that a bundler has read is listed once, with its licence and the hash of its archive', () => {
  const { components } = bomOf(PROGRAM, PACKAGES) as {
    components: { purl: string; licenses: unknown; hashes?: unknown[] }[];
  };
  expect(components.map(({ purl }) => purl.replace(/@[\d.]+$/, ''))).toEqual([
    'pkg:npm/%40modelcontextprotocol/core',
    'pkg:npm/%40modelcontextprotocol/server',
    'pkg:npm/openpgp',
    'pkg:npm/zod',
    'pkg:npm/%40oven/bun-linux-x64-baseline',
  ]);
  expect(components[2]?.licenses).toEqual([{ license: { id: 'LGPL-3.0+' } }]);
  for (const { purl, hashes } of components) expect(hashes, purl).toHaveLength(1);
});

test('it says which package needs which other of them', () => {
  const { dependencies } = bomOf(PROGRAM, PACKAGES) as {
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  const server = dependencies.find(({ ref }) => ref.startsWith('pkg:npm/%40modelcontextprotocol/server'));
  expect(server?.dependsOn.map((ref) => ref.replace(/@[\d.]+$/, ''))).toEqual([
    'pkg:npm/%40modelcontextprotocol/core',
    'pkg:npm/zod',
  ]);
  expect(dependencies[0]?.dependsOn).toHaveLength(PACKAGES.length);
});

test('its time is that of the sources, so that it can be made again', () => {
  expect(bomOf(PROGRAM, PACKAGES)).toEqual(bomOf(PROGRAM, PACKAGES));
  expect(JSON.stringify(bomOf(PROGRAM, PACKAGES))).toContain('"timestamp":"2023-11-14T22:13:20.000Z"');
});

test('the notices have the text of every licence that a package has', () => {
  const notices = licenceNotices('mig', PACKAGES);
  for (const { name, version, licenceTexts } of PACKAGES) {
    expect(notices).toContain(`${name} ${version}\n`);
    expect(licenceTexts.length, name).toBeGreaterThan(0);
    for (const text of licenceTexts) expect(notices).toContain(text.trim());
  }
});

test('a program has the licences of all that is in it', () => {
  expect(combinedLicence(PACKAGES)).toBe('MPL-2.0 AND Apache-2.0 AND LGPL-3.0+ AND MIT');
});
