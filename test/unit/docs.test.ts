import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { configFrom } from '../../agent/config/config.ts';
import { loadConfig } from '../../cli/config.ts';
import { EXIT_TABLE } from '../../cli/exit-codes.ts';
import { HELP } from '../../cli/help/help.ts';
import { loadRunnerConfig } from '../../cli/runner/config/runner-config.ts';
import { loadJob } from '../../cli/runner/jobs/load-job.ts';
import { parseAcl } from '../../contract/acl.ts';
import { ERROR_GUIDE } from '../../contract/error-guide/error-guide.ts';
import { CONCEPTS, type Concept } from '../../dev/docs/concepts.ts';
import { readImports, sourceFiles } from '../../dev/docs/imports.ts';
import { JOURNEYS, journeyProblems, type Step } from '../../dev/docs/journeys.ts';
import { renderPages } from '../../dev/docs/pages.ts';
import { TEST_FOLDERS } from '../../dev/docs/testing.ts';
import { makeCertificates } from '../../dev/stack/services/certificates.ts';
import { MAX_MESSAGE_BYTES, relayDefinitions } from '../../dev/stack/services/relay-definitions.ts';
import { allModules } from '../../modules/all-modules.ts';
import { parseIni } from '../../platform/files/ini.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'docker', 'bench'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).flatMap((name) =>
      name.endsWith('.md') ? [`${folder}/${name}`] : [],
    ),
  ),
];
/** What the reader of a page makes, and what is planned. */
const NOT_IN_THE_REPOSITORY = ['docker/.env', 'docker/certs/', 'docker/definitions.json', 'eventworkers/'];
const topFolders = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && !/^(\.|node_modules$|dist$)/.test(entry.name) ? [entry.name] : [],
);

describe('every file and folder that the docs name exists', () => {
  for (const page of pages) {
    test(page, () => {
      const text = readFileSync(join(ROOT, page), 'utf8');
      const named = [...text.matchAll(/`([\w.-]+\/[\w./-]*)`/g)]
        .map(([, path = '']) => path)
        .filter(
          (path) => topFolders.includes(path.split('/')[0] ?? '') && !NOT_IN_THE_REPOSITORY.includes(path),
        );
      const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, path = '']) =>
        join(dirname(page), path),
      );
      expect([...named, ...linked].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    });
  }

  test('comments and messages of the sources', () => {
    const named = sourceFiles(ROOT).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([path]) => path),
    );
    expect([...new Set(named)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('generated blocks', () => {
  for (const { path, current, fresh } of renderPages(ROOT)) {
    test(`${path} is fresh (npm run docs renews it), and has lists instead of tables`, () => {
      expect(current).toBe(fresh);
      // What works where, and exit codes, are read by column, and no row there is padded to another.
      if (['docs/modules/README.md', 'docs/errors.md'].includes(path)) return;
      expect(current.split('\n').filter((line) => line.startsWith('| '))).toEqual([]);
    });
  }

  test('docs/modules/ has a page for each module, and no other', () => {
    const names = allModules().map(({ name }) => `${name}.md`);
    expect(readdirSync(join(ROOT, 'docs/modules')).sort()).toEqual(['README.md', ...names].sort());
  });

  test('an import, a named file or a border joins each file of a journey to the one before', () => {
    expect(journeyProblems(JOURNEYS, readImports(ROOT))).toEqual([]);
  });

  test('a journey through a missing file, or between files that nothing joins, is a problem', () => {
    const [end, unrelated] = ['contract/errors.ts', 'modules/file/run.ts'];
    const problemsOf = (...steps: Step[]) =>
      journeyProblems([{ title: 'a', steps: [{ file: end, does: '' }, ...steps] }], readImports(ROOT));
    expect(problemsOf({ file: 'contract/none.ts', does: '' })).toEqual([
      'a: there is no file contract/none.ts',
    ]);
    const joiner = { file: 'api/app.ts', does: '' };
    expect(problemsOf(joiner)).toEqual([]);
    expect(problemsOf({ file: 'docker/x.ts', does: '', joinedBy: 'api/app.ts' })).toHaveLength(1);
    const border = { name: 'AMQP', shares: 'api/app.ts' };
    expect(problemsOf({ file: unrelated, does: '', border })).toEqual([
      `a: nothing joins ${end} to ${unrelated}`,
    ]);
    const joinedBy = 'contract/names.ts';
    expect(problemsOf({ file: unrelated, does: '', joinedBy })).toHaveLength(1);
  });
});

describe('the form of the pages', () => {
  const tracked = execFileSync('git', ['ls-files', '-z', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((page) => page !== '' && existsSync(join(ROOT, page)));
  const written = tracked.filter((page) =>
    /^([A-Z]+\.md|docs\/.*|bench\/NOTES\.md|docker\/README\.md)$/.test(page),
  );
  const faultyLines = (names: readonly string[], isFaulty: (line: string) => boolean) =>
    names.flatMap((page) =>
      readFileSync(join(ROOT, page), 'utf8')
        .split('\n')
        .flatMap((line, index) => (isFaulty(line) ? [`${page}:${index + 1}`] : [])),
    );

  test('no page has a marker of a merge conflict, not even inside a line', () => {
    expect(tracked).toContain('docs/spec/modules/file.md');
    expect(faultyLines(tracked, (line) => /<{7}|>{7}|={7}/.test(line))).toEqual([]);
  });

  test('no line is longer than 120 characters, addresses of links excepted', () => {
    expect(written).toContain('bench/NOTES.md');
    // The pages of modules show commands and results as they are; dev/docs wraps the rest.
    const wrapped = written.filter((page) => !page.startsWith('docs/modules/'));
    const widthOf = (line: string) => line.replace(/\]\([^)]*\)|https?:\S+/g, '').length;
    expect(faultyLines(wrapped, (line) => widthOf(line) > 120)).toEqual([]);
  });

  test('each row of a table is one line', () => {
    expect(faultyLines(written, (line) => line.startsWith('| ') && !line.endsWith(' |'))).toEqual([]);
  });

  test('no table is padded', () => {
    expect(
      faultyLines(written, (line) => line.startsWith('|') && /\S {2,}\||\| {2,}\S|-{4,}/.test(line)),
    ).toEqual([]);
  });
});

test('every concept says where it is built and what shows it, or that it is not built', () => {
  expect(CONCEPTS.length).toBeGreaterThan(40);
  const isExplained = ({ built, shown, note = '' }: Concept) =>
    built.length > 0 ? shown.length > 0 || note !== '' : /not built yet/i.test(note);
  const isGlossary = ({ built }: Concept) => built.includes('docs/glossary.md');
  expect(CONCEPTS.filter((concept) => !isExplained(concept) && !isGlossary(concept))).toEqual([]);
  const paths = CONCEPTS.flatMap(({ built, shown }) => [...built, ...shown]);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('docs/testing.md lists every folder of test/', () => {
  const folders = readdirSync(join(ROOT, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `test/${name}`);
  expect(TEST_FOLDERS.map(({ folder }) => folder).sort()).toEqual(folders.sort());
});

test('README.md lists every top-level folder', () => {
  const layout = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## Where things are')[1] ?? '';
  expect(topFolders.filter((name) => !layout.includes(`\`${name}/\``))).toEqual([]);
});

test('every wall and every attacker of the security model has a test that exists', () => {
  const page = readFileSync(join(ROOT, 'docs', 'security-model.md'), 'utf8');
  const section = (title: string) => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  const walls = section('Walls').split(/^- /m).slice(1);
  const attackers = section('What each attacker can and cannot do').split(/^### /m).slice(1);
  expect(walls.length).toBeGreaterThan(40);
  expect(attackers).toHaveLength(10);
  const shown = [...walls, ...attackers].map((text) => [
    ...(/[Ss]hown by\s((?:.+\n?)*)/.exec(text)?.[1] ?? '').matchAll(/`(test\/[\w./-]+\.ts)`/g),
  ]);
  expect([...walls, ...attackers].filter((_, index) => shown[index]?.length === 0)).toEqual([]);
  const paths = shown.flat().map(([, path = '']) => path);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('every error code is explained with its cause and its next step, in sentences', () => {
  const codes = [
    ...readFileSync(join(ROOT, 'contract', 'errors.ts'), 'utf8').matchAll(/^ {2}\| '(\w+)'/gm),
  ].map(([, code]) => code);
  const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8').replaceAll(/\s+/g, ' ');
  expect(Object.keys(ERROR_GUIDE).sort()).toEqual([...codes].sort());
  for (const [code, { cause, next }] of Object.entries(ERROR_GUIDE)) {
    expect(
      [cause, next].filter((text) => !/^[A-Z].*\.$/.test(text)),
      code,
    ).toEqual([]);
    expect(page).toContain(`${cause} *Next:* ${next}`);
  }
});

test('the exit codes of mig are those of its help', () => {
  const rows = [
    ...readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8').matchAll(/^\| (\d+) +\| (.+?) +\|$/gm),
  ].map(([, code, meaning]) => [Number(code), meaning]);
  expect(rows).toEqual(EXIT_TABLE);
  for (const [code, meaning] of EXIT_TABLE) expect(HELP).toContain(`${String(code).padEnd(4)} ${meaning}`);
});

test('every variable of a configuration is documented', () => {
  const page = readFileSync(join(ROOT, 'docs', 'configuration.md'), 'utf8');
  const sources = ['api/config.ts', 'worker/config.ts', 'platform/config.ts'].map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  );
  const names = new Set(sources.join('\n').match(/\b(MIG|TEMPORAL)_[A-Z_]+\b/g));
  expect([...names].filter((name) => !page.includes(name))).toEqual([]);
});

test('the definitions and the configuration of the relay that the docs give are those that the tests run with', () => {
  const page = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const hash = 'HASH OF ITS PASSWORD';
  const passwordHashes = { scheduler: hash, agent: hash };
  expect(JSON.parse(json)).toEqual(relayDefinitions({ passwordHashes, vhosts: ['mig'] }));
  const configuration = readFileSync(join(ROOT, 'docker', 'rabbitmq.conf'), 'utf8');
  expect(configuration).toContain(`max_message_size = ${MAX_MESSAGE_BYTES}\n`);
});

test('the examples to copy of docs/runner.md are read by the runner and by agents', () => {
  const page = readFileSync(join(ROOT, 'docs', 'runner.md'), 'utf8');
  const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);
  const [entity = '', runner = ''] = blocks('ini');
  const [action = '', acl = ''] = blocks('json');
  const folder = mkdtempSync(join(tmpdir(), 'mig-docs-'));
  try {
    const place = { name: 'listeners', folder: join(folder, 'listeners') };
    for (const path of [place.folder, join(folder, 'plugins')]) mkdirSync(path);
    writeFileSync(join(folder, 'plugins', 'count'), blocks('sh').at(-1) ?? '', { mode: 0o755 });
    writeFileSync(join(place.folder, 'entity.cfg'), entity);
    writeFileSync(join(place.folder, 'action.json'), action);
    writeFileSync(join(folder, 'runner.cfg'), runner);
    const job = loadJob(place, { pluginsFolder: join(folder, 'plugins'), nowMs: Date.now() });
    expect(job).toMatchObject({ plugin: 'count', expiry: '2m' });
    expect(loadRunnerConfig(join(folder, 'runner.cfg'))).toMatchObject({ folder: '/var/lib/mig-runner' });
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(Object.keys(parseAcl('acl.cfg', acl))).toEqual(['default', 'netstat']);
});

test('the examples to copy of docs/by-hand.md are read by the programs that they are for', async () => {
  const page = readFileSync(join(ROOT, 'docs', 'by-hand.md'), 'utf8');
  const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);
  const [agent = '', migrc = ''] = blocks('ini');
  const folder = mkdtempSync(join(tmpdir(), 'mig-docs-'));
  try {
    await makeCertificates(folder);
    writeFileSync(join(folder, 'acl.cfg'), blocks('json')[0] ?? '');
    mkdirSync(join(folder, 'agentkeys'));
    writeFileSync(join(folder, 'agentkeys', 'it.asc'), 'a key');
    const ini = parseIni(agent.replaceAll('/etc/mig', folder));
    const config = configFrom(ini, {
      file: join(folder, 'mig-agent.cfg'),
      warn: (line) => expect.fail(line),
    });
    expect(config).toMatchObject({
      relay: { host: 'relay.example.net', port: 5671 },
      tags: { operator: 'it' },
    });
    writeFileSync(join(folder, 'migrc'), migrc);
    expect(loadConfig(join(folder, 'migrc')).apiUrl).toBe('https://mig.example.net:1664/api/v1/');
  } finally {
    rmSync(folder, { recursive: true });
  }
  const acl = parseAcl('acl.cfg', blocks('json')[0] ?? '');
  expect(Object.keys(acl)).toEqual(['default', 'agentdestroy']);
});
