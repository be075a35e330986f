import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadAction, readActionFile, requireSignatures } from '../../../../cli/action/action-file.ts';
import { parseGlobalOptions } from '../../../../cli/arguments.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-action-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const OPTIONS = parseGlobalOptions([], {}).options;

function write(content: string | Buffer): string {
  const file = join(folder, 'action.json');
  writeFileSync(file, content);
  return file;
}

const load = (content: string | Buffer) => loadAction(write(content), OPTIONS, new Map());

/** An action with every kind of field. */
const complete = () => ({
  name: 'all fields',
  target: "status='online'",
  description: { author: 'somebody', email: 'some@body.example', url: 'https://example.net', revision: 1 },
  threat: { ref: 'r', level: 'info', family: 'f', type: 't' },
  validfrom: '2026-01-01T00:00:00Z',
  expireafter: '2026-01-02T00:00:00Z',
  operations: [
    {
      module: 'file',
      parameters: {
        searches: {
          s1: {
            description: 'd',
            paths: ['/etc'],
            names: ['^passwd$'],
            contents: ['root'],
            sizes: ['>1'],
            modes: ['^-'],
            mtimes: ['<1d'],
            options: {
              matchall: true,
              matchlimit: 5,
              maxdepth: 3,
              maxerrors: 7,
              macroal: true,
              decompress: true,
            },
          },
        },
      },
    },
  ],
  syntaxversion: 2,
});

/** Returns the structs within a value, with their paths. The names of searches are free. */
function structs(value: unknown, path: string[] = []): { fields: Record<string, unknown>; path: string[] }[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, item]) => structs(item, [...path, key]));
  const isFree = Array.isArray(value) || path.at(-1) === 'searches';
  return isFree ? inner : [{ fields: value as Record<string, unknown>, path }, ...inner];
}

describe('an action from a file', () => {
  test('is read as a whole, without the fields that the API adds', () => {
    const added = { id: 0, status: 'inflight', counters: { sent: 1 }, investigators: null, Reason: 'r' };
    const action = load(JSON.stringify({ ...added, ...complete() }));
    expect(action).toMatchObject(complete());
    expect(action).not.toHaveProperty('status');
  });

  test('with a field that nothing reads is refused by the name of the field, at any depth', () => {
    const misspell = (key: string, how: number) =>
      [`${key}s`, key.slice(0, -1), `_${key}`, `${key.slice(1)}${key[0]}`][how] ?? '';
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 3 }), (whichStruct, whichField, how) => {
        const action = complete();
        const all = structs(action);
        const { fields, path } = all[whichStruct % all.length] ?? { fields: {}, path: [] };
        const keys = Object.keys(fields);
        const key = keys[whichField % keys.length] ?? '';
        const wrong = misspell(key, how);
        fields[wrong] = fields[key];
        delete fields[key];
        const named = path.slice(path.indexOf('parameters') + 1);
        // An operation without a module is refused for another reason.
        const words = key === 'module' ? 'module' : [...named, wrong].join('.');
        expect(() => load(JSON.stringify(action))).toThrow(words);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [
      'a Latin-1 file',
      Buffer.from(JSON.stringify({ ...complete(), name: 'caf\u00e9' }), 'latin1'),
      'is not UTF-8',
    ],
    [
      'UTF-16, as a redirection of PowerShell writes',
      Buffer.from(JSON.stringify(complete()), 'utf16le'),
      'not valid JSON',
    ],
    ['half a file', JSON.stringify(complete()).slice(0, 100), 'not valid JSON'],
    ['nothing', '', 'not valid JSON'],
    ['a search that only the CLI refuses', JSON.stringify(withOptions({ maxdepth: -1 })), '-maxdepth -1'],
    ['a number where a text belongs', JSON.stringify({ ...complete(), name: 5 }), 'name: '],
    ['searches that share an option', JSON.stringify(withTwoSearches()), 'decompress of one search'],
  ])('%s is refused, and the error names the file', (_, content, words) => {
    const file = write(content);
    expect(() => loadAction(file, OPTIONS, new Map())).toThrow(words);
    expect(() => loadAction(file, OPTIONS, new Map())).toThrow(file);
  });

  test('may be a check of compliance, whose expectations fit its operations', () => {
    const check = (compliance: unknown) => JSON.stringify({ ...complete(), compliance });
    expect(load(check({ expect: ['absent'] })).name).toBe('all fields');
    expect(() => load(check({ expect: ['gone'] }))).toThrow(/compliance\.expect/);
    expect(() => load(check({ expects: ['absent'] }))).toThrow(/compliance\.expect/);
    expect(() => load(check({ expect: ['applies'] }))).toThrow("one operation must be 'found' or 'absent'");
    expect(() => load(check({ expect: [] }))).toThrow('0 of 1 operations have an expectation');
  });

  test('without operations is refused, also when it is a check that says why it asks nothing', () => {
    const empty = { ...complete(), operations: [] };
    expect(() => load(JSON.stringify(empty))).toThrow('has no operations');
    const notchecked = { ...empty, compliance: { notchecked: 'runs a command' } };
    expect(() => load(JSON.stringify(notchecked))).toThrow('has no operations');
  });

  test('with something other than a signature is refused, and the error names its position', async () => {
    for (const text of ['', 'nonsense', 'wsBzBAABCAAnBQ', Buffer.alloc(4000, 7).toString('base64')]) {
      const signed = { ...complete(), pgpsignatures: [text] };
      const refused = requireSignatures('a.json', load(JSON.stringify(signed)));
      await expect(refused, text).rejects.toThrow('a.json: signature 1: ');
    }
  });

  test('may begin with a byte order mark', () => {
    expect(load(`\ufeff${JSON.stringify(complete())}`)).toMatchObject({ name: 'all fields' });
  });

  test('that does not exist is named in the error, for signing and for verifying', () => {
    const file = join(folder, 'nowhere');
    for (const read of [() => loadAction(file, OPTIONS, new Map()), () => readActionFile(file)])
      expect(read).toThrow(`${file}: cannot be read: there is no such file`);
  });
});

function withOptions(options: Record<string, number>) {
  const action = complete();
  Object.assign(action.operations[0]?.parameters.searches.s1.options ?? {}, options);
  return action;
}

function withTwoSearches() {
  const action = complete();
  const searches: Record<string, unknown> = action.operations[0]?.parameters.searches ?? {};
  searches.s2 = { paths: ['/etc'], names: ['a'], options: { matchall: true } };
  return action;
}
