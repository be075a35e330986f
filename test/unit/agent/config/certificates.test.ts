import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCertificates } from '../../../../agent/config/certificates.ts';
import { makeCertificates } from '../../../../dev/stack/services/certificates.ts';

const NAMES = ['ca', 'cert', 'key'] as const;
type Name = (typeof NAMES)[number];

const folder = mkdtempSync(join(tmpdir(), 'mig-certificates-'));
const FILES = { ca: 'ca.crt', cert: 'client.crt', key: 'client.key' } as const;
const pathIn = (set: string, name: Name) => join(folder, set, FILES[name]);
const pemOf = (set: string, name: Name) => readFileSync(pathIn(set, name), 'utf8');
const all = (set: string) => ({ ca: pemOf(set, 'ca'), cert: pemOf(set, 'cert'), key: pemOf(set, 'key') });

beforeAll(async () => {
  for (const set of ['old', 'new', 'other']) await makeCertificates(join(folder, set));
  writeFileSync(join(folder, 'rubbish'), 'not PEM');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the setting for one certificate file points to. */
const source = fc.constantFrom('nothing', 'new', 'other', 'missing', 'rubbish', 'empty');
type Source = typeof source extends fc.Arbitrary<infer T> ? T : never;

function pathOf(from: Source, name: Name): string | undefined {
  if (from === 'nothing') return undefined;
  if (from === 'empty') return '';
  return ['new', 'other'].includes(from) ? pathIn(from, name) : join(folder, from);
}

function read(file: Record<Name, Source>, options: { areFilesTrusted: boolean; isCompiled: boolean }) {
  const warnings: string[] = [];
  const path = (name: Name) => pathOf(file[name], name);
  const certificates = readCertificates({
    compiled: options.isCompiled ? all('old') : {},
    areFilesTrusted: options.areFilesTrusted,
    ownPath: path,
    path,
    warn: (line) => warnings.push(line),
  });
  return { certificates, warnings };
}

test('any configuration file leads to a usable CA and a certificate with its own key', () => {
  fc.assert(
    fc.property(fc.record({ ca: source, cert: source, key: source }), (file) => {
      const { certificates, warnings } = read(file, { areFilesTrusted: true, isCompiled: true });
      const isSet = (value: Source) => value === 'new' || value === 'other';
      expect(certificates.ca).toBe(pemOf(isSet(file.ca) ? file.ca : 'old', 'ca'));
      const pair = isSet(file.cert) && file.cert === file.key ? file.cert : 'old';
      expect([certificates.cert, certificates.key]).toEqual([pemOf(pair, 'cert'), pemOf(pair, 'key')]);
      const isBad = (...values: Source[]) => values.some((value) => !['nothing', 'empty'].includes(value));
      const expected = [isBad(file.ca) && !isSet(file.ca), isBad(file.cert, file.key) && pair === 'old'];
      expect(warnings).toHaveLength(expected.filter(Boolean).length);
      expect(warnings.join()).not.toContain('-----BEGIN');
    }),
  );
});

test('a build that does not trust files uses its compiled-in certificates only', () => {
  fc.assert(
    fc.property(fc.record({ ca: source, cert: source, key: source }), (file) => {
      const { certificates, warnings } = read(file, { areFilesTrusted: false, isCompiled: true });
      expect(certificates).toEqual(all('old'));
      expect(warnings).toEqual([]);
    }),
  );
});

test('a build without certificates reads the files, and a missing file is an error', () => {
  const options = { areFilesTrusted: true, isCompiled: false };
  expect(read({ ca: 'new', cert: 'new', key: 'new' }, options).certificates).toEqual(all('new'));
  expect(() => read({ ca: 'missing', cert: 'new', key: 'new' }, options)).toThrow();
});
