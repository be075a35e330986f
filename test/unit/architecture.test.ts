import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findCircles, type Import, readImports, sourceFiles } from '../../dev/docs/imports.ts';
import { allModules } from '../../modules/all-modules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Who may import whom at run time. A trailing `*` stands for everything below. NOT_SHIPPED has rules of its own. */
const RULES: Record<string, { own: string[]; packages: string[] }> = {
  'contract/rules': {
    own: ['contract/{errors,statuses}.ts', 'contract/go/{json,struct-fields,time}.ts', 'contract/rules*'],
    packages: [],
  },
  'contract/go': { own: ['contract/errors.ts', 'contract/text*', 'contract/go*'], packages: [] },
  'contract/text': { own: ['contract/errors.ts', 'contract/text*'], packages: [] },
  contract: { own: ['contract*'], packages: ['zod'] },
  'platform/async': { own: ['contract/errors.ts', 'platform/async*'], packages: [] },
  'platform/files': { own: ['contract/errors.ts', 'platform/files*'], packages: [] },
  'platform/re2': { own: ['contract/errors.ts', 'platform/re2*'], packages: ['re2js'] },
  platform: {
    own: ['contract*', 'platform*'],
    packages: [
      'pg',
      'pg-cursor',
      'libpg-query',
      'amqplib',
      'openpgp',
      'pino',
      'zod',
      '@temporalio/client',
      '@temporalio/common',
      'long',
    ],
  },
  modules: {
    own: ['contract*', 'modules*', 'platform/async*', 'platform/machine*', 'platform/re2*'],
    packages: ['zod', 'yaml', 'aws4fetch'],
  },
  workflows: {
    own: ['contract/{rules,go}*', 'contract/{names,errors,statuses}.ts', 'workflows*'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  activities: {
    own: ['contract*', 'platform*', 'activities*'],
    packages: ['@temporalio/activity', '@temporalio/common'],
  },
  worker: {
    own: ['contract*', 'platform*', 'activities*', 'worker*', 'workflows/messages.ts'],
    packages: ['zod', '@temporalio/worker'],
  },
  agent: {
    own: [
      'contract*',
      'modules*',
      'agent*',
      'platform/{async,files,machine,network,openpgp,rabbitmq}*',
      'platform/{log,config}.ts',
    ],
    packages: ['zod'],
  },
  api: {
    own: ['contract*', 'platform*', 'modules/{all-modules,json-schema}.ts', 'workflows/messages.ts', 'api*'],
    packages: ['hono', '@hono/node-server', 'zod'],
  },
  client: { own: ['contract*', 'platform/async*', 'client*'], packages: ['zod'] },
  cli: {
    own: [
      'contract*',
      'client*',
      'modules/{all-modules,json-schema}.ts',
      'platform/{async,files,manifest,openpgp}*',
      'platform/machine/lock-file.ts',
      // The filters of the console see hostile names: no expression may take long on one. Questions have patterns as values.
      'platform/re2/{regexp,pattern-problem}.ts',
      'cli*',
    ],
    packages: ['zod', 'yaml', 'tsx', 'esbuild', 'hyparquet-writer', 'croner', '@modelcontextprotocol/server'],
  },
};
/** The layers of what is shipped, lowest first. Folders of one layer do not import each other; types go downwards, too. */
const LAYERS = [
  ['contract'],
  ['platform'],
  ['modules', 'activities', 'client'],
  ['workflows'],
  ['worker', 'api', 'agent', 'cli'],
];
/** The rooms of a program, lowest first: none imports one above it, not even a type. */
const ROOMS: Record<string, string[]> = {
  agent: [
    'config',
    'environment',
    'service',
    'run',
    'persistent',
    'report',
    'command',
    'relay',
    'lifecycle',
    'loader',
    'operator',
  ],
  cli: [
    'api',
    // Below the keys: an assistant must never reach one.
    'mcp',
    'terminal',
    'keys',
    'search',
    'records',
    'help',
    'man',
    'acl',
    'action',
    'manifest',
    'inbox',
    'loaders',
    'investigators',
    'show',
    'questions',
    'export',
    'sweep',
    'completion',
    'convert',
    'runner',
    'console',
    'commands',
  ],
  api: [
    'limits',
    'http',
    'audit',
    'auth',
    'progress',
    'records',
    'actions',
    'investigators',
    'search',
    'loaders',
    'sweeps',
    'reference',
    'router',
    'inbox',
    'webhooks',
    'questions',
    'routes',
  ],
};
/** Not shipped: nothing else may import them. */
const NOT_SHIPPED = ['test', 'dev', 'bench'];
/** Modules that look at files find them with the search of module file, in their own process, or get it as its flags. */
const SHARED_SEARCH = ['modules/file/find-files.ts', 'modules/file/parse-search.ts'];
/** What dev/docs prints of test/: mutations, checks and exceptions. */
const TEST_DATA = [
  'test/mutations/brakes.ts',
  'test/mutations/console.ts',
  'test/mutations/inbox.ts',
  'test/mutations/mutations.ts',
  'test/mutations/questions.ts',
  'test/mutations/sweeps.ts',
  'test/mutations/webhooks.ts',
  'test/interop/check.ts',
  'test/interop/list.ts',
  'test/setup/recorded/exceptions.ts',
  'test/setup/recorded/recording.ts',
];
/** Packages that only platform/ may import. */
const PLATFORM_ONLY = ['pg', 'pg-cursor', 'libpg-query', 'amqplib', 'openpgp', '@temporalio/client'];

const files = sourceFiles(ROOT).map((file) => relative(ROOT, file));
const everyImport = readImports(ROOT);
const imports = everyImport.filter(({ isTypeOnly }) => !isTypeOnly);

describe('imports', () => {
  for (const [folder, rule] of Object.entries(RULES)) {
    test(`${folder} imports only what the style allows`, () => {
      expect(imports.filter((one) => ruleOf(one.file) === folder && !isAllowed(one, rule)).map(show)).toEqual(
        [],
      );
    });
  }

  test('no file imports itself through others, types included', () => {
    expect(findCircles(everyImport)).toEqual([]);
  });

  test('no folder imports one of its own layer or above, types included', () => {
    const layerOf = (path: string) => LAYERS.findIndex((folders) => folders.includes(top(path)));
    const wrong = everyImport.filter(
      ({ file, target }) =>
        layerOf(file) !== -1 && top(file) !== top(target) && layerOf(target) >= layerOf(file),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  for (const [program, rooms] of Object.entries(ROOMS)) {
    test(`every room of ${program} has its floor`, () => {
      const folders = new Set(
        files.flatMap((file) => new RegExp(`^${program}/([^/]+)/`).exec(file)?.[1] ?? []),
      );
      expect([...folders].sort()).toEqual([...rooms].sort());
    });

    test(`no room of ${program} imports one above it`, () => {
      const floor = (path: string) =>
        path.startsWith(`${program}/`) ? rooms.indexOf(path.split('/')[1] ?? '') : -1;
      const wrong = everyImport.filter(
        ({ file, target }) => floor(file) !== -1 && floor(target) > floor(file),
      );
      expect(wrong.map(show)).toEqual([]);
    });
  }

  test('nothing that is shipped imports test, dev or bench', () => {
    const wrong = everyImport.filter(
      ({ file, target }) => NOT_SHIPPED.includes(top(target)) && !NOT_SHIPPED.includes(top(file)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('dev, bench and test import only dev from each other', () => {
    const wrong = everyImport.filter(
      ({ file, target }) =>
        NOT_SHIPPED.includes(top(file)) &&
        ['bench', 'test'].includes(top(target)) &&
        top(file) !== top(target) &&
        !TEST_DATA.includes(target),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('a module imports nothing of another module but the search for files', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (SHARED_SEARCH.includes(target)) return false;
      const [from, to] = [file, target].map((path) => /^modules\/([^/]+)\//.exec(path)?.[1]);
      return from !== undefined && to !== undefined && from !== to;
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('only platform touches databases, relays, keys and the client of Temporal', () => {
    const wrong = imports.filter(
      ({ file, target }) => PLATFORM_ONLY.includes(target) && RULES[top(file)] && top(file) !== 'platform',
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('every relative import carries its extension', () => {
    expect(everyImport.filter(({ target }) => target.startsWith('!')).map(show)).toEqual([]);
  });

  test('at most 12 files of the agent know the type of its configuration', () => {
    const knowing = everyImport.filter(
      ({ file, target }) => file.startsWith('agent/') && target === 'agent/config/config.ts',
    );
    expect(knowing.length).toBeLessThanOrEqual(12);
  });
});

test('the folders of the layout exist, and none is called utils, helpers, common, core or lib', () => {
  const folders = readdirSync(ROOT).filter((name) => statSync(join(ROOT, name)).isDirectory());
  for (const name of [
    'contract',
    'platform',
    'modules',
    'workflows',
    'activities',
    'worker',
    'agent',
    'api',
    'cli',
    'dev',
  ]) {
    expect(folders).toContain(name);
  }
  expect(files.filter((path) => /(^|\/)(utils|helpers|common|core|lib)\//.test(path))).toEqual([]);
});

test('modules/ holds a folder for each line of its list, and what makes modules of them', () => {
  const loose = files.filter((path) => /^modules\/[^/]+$/.test(path));
  expect(loose).toEqual(
    [
      'all-modules',
      'define-module',
      'define-persistent',
      'define-query',
      'define-run',
      'define-search',
      'former-names',
      'help-text',
      'json-schema',
      'list',
      'module',
      'option',
      'persistent-messages',
      'print-ok',
      'protocol',
      'registry',
      'search-plan',
    ].map((name) => `modules/${name}.ts`),
  );
  const folders = new Set(files.flatMap((path) => /^modules\/([^/]+)\//.exec(path)?.[1] ?? []));
  expect(allModules().map(({ name }) => name)).toEqual([...folders].sort());
});

test('no process loads a module before it needs it', () => {
  const early = imports.filter(
    ({ file, target, isDynamic }) =>
      !isDynamic &&
      (/^modules\/[^/]+\/module\.ts$/.test(target) || target === 'modules/former-names.ts') &&
      file !== 'modules/former-names.ts' &&
      !NOT_SHIPPED.includes(top(file)),
  );
  expect(early.map(show)).toEqual([]);
  const loading = imports.filter(({ target }) => target === 'modules/all-modules.ts');
  expect(new Set(loading.map(({ file }) => top(file)))).toEqual(new Set(['api', 'cli', ...NOT_SHIPPED]));
});

test('no module loads the half that runs on an endpoint before it runs', () => {
  const early = imports.filter(
    ({ file, target, isDynamic }) =>
      /^modules\/[^/]+\/module\.ts$/.test(file) && /\/run\.ts$/.test(target) && !isDynamic,
  );
  expect(early.map(show)).toEqual([]);
});

test('no file is longer than 400 lines', () => {
  const long = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 400);
  expect(long).toEqual([]);
});

function ruleOf(file: string): string | undefined {
  return Object.keys(RULES).find((folder) => file.startsWith(`${folder}/`));
}

function isAllowed({ target }: Import, { own, packages }: { own: string[]; packages: string[] }): boolean {
  if (packages.includes(target)) return true;
  return own
    .flatMap(alternatives)
    .some((name) => (name.endsWith('*') ? target.startsWith(name.slice(0, -1)) : target === name));
}

/** Expands `a/{b,c}*` to `a/b*` and `a/c*`. */
function alternatives(name: string): string[] {
  const [, before = '', words, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(name) ?? [];
  return words === undefined ? [name] : words.split(',').map((word) => `${before}${word}${after}`);
}

function top(path: string): string {
  return path.split('/')[0] ?? '';
}

function show({ file, target }: Import): string {
  return `${file} -> ${target}`;
}
