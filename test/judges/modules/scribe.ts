import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { linesOf } from '../programs.ts';
import type { Judge, ModuleQuestions, Question } from '../question.ts';

interface TestResult {
  testid: string;
  results: { result: boolean; identifier: string }[] | null;
}

export const scribeQuestions: ModuleQuestions = {
  module: 'scribe',
  async open(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'mig-judges-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    makeTree(folder);
    return [...judged(folder), ...documents(folder), versions(), zeros()];
  },
};

function makeTree(folder: string): void {
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  writeFileSync(join(folder, 'a.conf'), 'Port 22\n# Port 23\nPermitRootLogin yes\n');
  writeFileSync(join(folder, 'deep', 'b.conf'), 'port 2022\r\nInclude er\n');
  writeFileSync(join(folder, 'deep', 'er', 'c.conf'), '');
  writeFileSync(join(folder, 'deep', 'er', 'release-1.20.3'), 'version=1.20.3 (stable)\nversion=1.20.4\n');
}

/** Questions that dpkg-query, grep and find answer, too. */
function judged(folder: string): Question[] {
  return [
    {
      what: 'the version of every package',
      parameters: document(
        [{ object: 'o', package: { name: 'any', collectmatch: '.' } }],
        [{ test: 't', object: 'o', regexp: { value: '^1:' } }],
      ),
      judges: [dpkgQuery],
    },
    {
      what: 'files that have a line',
      parameters: document(
        [{ object: 'o', hasline: { path: folder, file: '\\.conf$', expression: '^[Pp]ort [0-9]+' } }],
        [{ test: 't', object: 'o', exactmatch: { value: 'true' } }],
      ),
      judges: [found('grep', () => linesOf(['grep', '-rlE', '--include=*.conf', '^[Pp]ort [0-9]+', folder]))],
    },
    {
      what: 'names of files',
      parameters: document(
        [{ object: 'o', filename: { path: folder, file: '^release-(.*)$' } }],
        [{ test: 't', object: 'o', regexp: { value: '^1\\.' } }],
      ),
      judges: [found('find', () => linesOf(['find', folder, '-name', 'release-1.*']))],
    },
    {
      what: 'contents of files of this machine',
      parameters: document(
        [{ object: 'o', filecontent: { path: '/etc', file: '^(passwd|group)$', expression: '^root:(.):' } }],
        [{ test: 't', object: 'o', exactmatch: { value: 'x' } }],
      ),
      judges: [
        found('grep', () =>
          linesOf(['grep', '-rlE', '--include=passwd', '--include=group', '^root:x:', '/etc']),
        ),
      ],
      mig: {
        explained: [
          {
            lines: /^ours error \/etc: ERROR: /,
            because: 'MIG drops the errors of the search for files, such as broken links',
            isPossible: true,
          },
        ],
      },
    },
  ];
}

/** The identifiers of the true sub-results. */
function found(program: string, theirs: () => readonly string[]): Judge {
  return {
    program,
    theirs,
    ours: (result) =>
      testsOf(result).flatMap(({ results }) =>
        (results ?? []).flatMap(({ result: isTrue, identifier }) => (isTrue ? identifier : [])),
      ),
  };
}

const dpkgQuery: Judge = {
  program: 'dpkg-query',
  theirs: () =>
    linesOf(['dpkg-query', '-W', '-f', `$\{db:Status-Abbrev}|$\{binary:Package}|$\{Version}\\n`])
      .filter((line) => line.startsWith('ii |'))
      .map((line) => line.split('|'))
      .map(([, name, version]) => `${name} ${version?.startsWith('1:')}`),
  ours: (result) =>
    testsOf(result).flatMap(({ results }) =>
      (results ?? []).map(({ result: isTrue, identifier }) => `${identifier} ${isTrue}`),
    ),
};

/** What only an implementation of these documents answers. */
function documents(folder: string): Question[] {
  const conf = { path: folder, file: '\\.conf$' };
  const raw = { identifiers: [{ identifier: 'r', value: '1.5' }] };
  return [
    ask(
      'variables, groups and joined values',
      document(
        [
          {
            object: 'v',
            filecontent: {
              path: `$\{root}/deep`,
              file: 'release',
              expression: '^version=(\\S+)( \\(.*\\))?',
            },
          },
          { object: 'j', filecontent: { ...conf, expression: '^(.*)$', concat: ',' } },
        ],
        [
          {
            test: 'v',
            object: 'v',
            evr: { operation: '>', value: '1.20.3' },
            tags: [{ key: 'a', value: 'b' }],
          },
          { test: 'j', object: 'j', regexp: { value: 'Port 22,# Port' } },
        ],
        [{ key: 'root', value: folder }],
      ),
    ),
    ask(
      'imported chains',
      document(
        [
          {
            object: 'top',
            filecontent: {
              path: folder,
              file: '^b\\.conf$',
              expression: '^Include (.*)$',
              'import-chain': ['below'],
            },
          },
          {
            object: 'below',
            filecontent: { path: `$\{chain_root}er`, file: 'release', expression: '^version=(\\S+)' },
          },
        ],
        [
          { test: 't', object: 'top', regexp: { value: '1\\.20' } },
          { test: 'chain', object: 'below' },
        ],
      ),
    ),
    ask(
      'tests that depend on tests',
      document(
        [{ object: 'o', raw }],
        [
          { test: 'no', object: 'o', exactmatch: { value: '2' } },
          { test: 'depends', object: 'o', if: ['no', 'yes'] },
          { test: 'yes', object: 'o', exactmatch: { value: '1.5' } },
          { test: 'before', object: 'o', if: ['broken'] },
          { test: 'broken', object: 'missing' },
        ],
      ),
    ),
    {
      what: 'a test that depends on a test in error before it',
      parameters: document(
        [{ object: 'o', raw }],
        [
          { test: 'broken', object: 'missing' },
          { test: 'after', object: 'o', if: ['broken'] },
        ],
      ),
      mig: {
        explained: [
          {
            lines: /^(ours error .*"after"|(ours|theirs) elements\.results.*"testid":"after")/,
            because: 'MIG forgets the error of a test that it has evaluated already',
          },
        ],
      },
    },
    ask('only what is true', {
      ...document(
        [{ object: 'o', raw }],
        [
          { test: 'a', object: 'o' },
          { test: 'b', object: 'o', exactmatch: { value: '' }, regexp: { value: 'x' } },
        ],
      ),
      onlytrue: true,
    }),
    ask('an empty document', { scribedoc: {} }),
    ask('an object without a source', document([{ object: 'o' }], [])),
    ask(
      'a pattern that does not compile',
      document([{ object: 'o', hasline: { ...conf, expression: '(' } }], []),
    ),
    ask(
      'a pattern that does not compile, in a test',
      document([{ object: 'o', raw }], [{ test: 't', object: 'o', regexp: { value: '(' } }]),
    ),
    ask(
      'an unknown operation',
      document([{ object: 'o', raw }], [{ test: 't', object: 'o', evr: { operation: '!', value: '1' } }]),
    ),
    ask('a test of itself', document([{ object: 'o', raw }], [{ test: 't', object: 'o', if: ['t'] }])),
  ];
}

/** Each version against each, in all three operations. */
function versions(): Question {
  const texts = [
    '1.0',
    '1.0.1',
    '1.0.1e',
    '1.5.9z',
    '1.5.10',
    '2:7.2-1',
    '1:9.9-1',
    '1.0-2',
    '1.0-10',
    '1.0~rc1',
    '1.0-0',
    '1.01',
    '1.1',
    'a',
    '1',
    '1_0',
    '7',
    '0:1.0',
    '1.0+b1',
    '20260101git',
    '1.',
    '1.0-',
    '1:',
    '18446744073709551616:1',
  ];
  const identifiers = texts.map((value) => ({ identifier: value, value }));
  const tests = texts.flatMap((value) =>
    ['<', '>', '='].map((operation) => ({
      test: `${operation} ${value}`,
      object: 'o',
      evr: { operation, value },
    })),
  );
  const objects = identifiers.map((one, index) => ({ object: `o${index}`, raw: { identifiers: [one] } }));
  return ask(
    'versions of every form against each other',
    document(
      objects,
      objects.flatMap(({ object }) =>
        tests.map(({ test, evr }) => ({ test: `${object} ${test}`, object, evr })),
      ),
    ),
  );
}

function zeros(): Question {
  const raw = { identifiers: [{ identifier: 'r', value: '2.00' }] };
  return {
    ...ask(
      'a version with two zeros',
      document([{ object: 'o', raw }], [{ test: 't', object: 'o', evr: { operation: '<', value: '2.01' } }]),
    ),
    mig: {
      explained: [
        { lines: /./, because: 'MIG ends with a runtime error when a part of a version has only zeros' },
      ],
    },
  };
}

function ask(what: string, parameters: unknown): Question {
  return { what, parameters };
}

function document(objects: readonly object[], tests: readonly object[], variables: readonly object[] = []) {
  return { scribedoc: { variables, objects, tests } };
}

function testsOf({ elements }: ModuleResult): TestResult[] {
  return (elements as { results: TestResult[] | null } | null)?.results ?? [];
}
