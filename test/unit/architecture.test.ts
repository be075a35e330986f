import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadWorkflowBundle } from '../../worker/bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Who may import whom at run time; types are free. A folder may always import itself. A name ending in `*` stands for
 * everything below it, one in quotes for a package; folders that are not listed (test, dev, bench) may import anything.
 */
const RULES: Record<string, { own: string[]; packages: string[] }> = {
  'contract/rules': { own: ['contract/errors.ts', 'contract/names.ts', 'contract/rules*'], packages: [] },
  contract: { own: ['contract*'], packages: ['zod'] },
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
    ],
  },
  modules: { own: ['contract*', 'modules*', 'platform/async*'], packages: ['zod', 're2js'] },
  workflows: {
    own: ['contract/rules*', 'contract/names.ts', 'contract/errors.ts', 'workflows*'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  activities: {
    own: ['contract*', 'platform*', 'activities*'],
    packages: ['@temporalio/activity', '@temporalio/common'],
  },
  worker: {
    own: ['contract*', 'platform*', 'activities*', 'worker*', 'workflows/messages.ts'],
    packages: ['zod', '@temporalio/worker', '@temporalio/common'],
  },
  agent: {
    own: [
      'contract*',
      'modules*',
      'agent*',
      'platform/rabbitmq*',
      'platform/openpgp*',
      'platform/log.ts',
      'platform/config.ts',
      'platform/ini.ts',
      'platform/async/semaphore.ts',
      'platform/resources.ts',
      'platform/proxies.ts',
      'platform/async*',
      'platform/read-text.ts',
    ],
    packages: ['zod'],
  },
  api: {
    own: ['contract*', 'platform*', 'modules/schemas.ts', 'workflows/messages.ts', 'api*'],
    packages: ['hono', '@hono/node-server', 'zod', 'pg', '@temporalio/client', '@temporalio/common'],
  },
  cli: {
    own: [
      'contract*',
      'modules/parameters.ts',
      'modules/schemas.ts',
      'modules/registry.ts',
      'platform/openpgp*',
      'platform/ini.ts',
      'platform/read-text.ts',
      'cli*',
    ],
    packages: ['zod', 'tsx', 'esbuild'],
  },
  scripts: {
    own: ['contract*', 'modules/schemas.ts', 'platform*', 'scripts*', 'worker/bundle.ts'],
    packages: ['zod'],
  },
};
/** Nobody's code may import these. */
const LEAVES = ['test', 'dev', 'bench'];
/** The only folder that may hold SQL's and AMQP's packages. */
const PLATFORM_ONLY = ['libpg-query', 'amqplib', 'openpgp'];

interface Import {
  file: string;
  target: string;
}

const imports = sourceFiles(ROOT).flatMap(readImports);

describe('imports', () => {
  for (const [folder, rule] of Object.entries(RULES)) {
    test(`${folder} imports only what the style allows`, () => {
      expect(imports.filter((one) => ruleOf(one.file) === folder && !isAllowed(one, rule)).map(show)).toEqual(
        [],
      );
    });
  }

  test('nothing imports test, dev or bench but themselves', () => {
    const wrong = imports.filter(
      ({ file, target }) => LEAVES.includes(top(target)) && !LEAVES.includes(top(file)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('a module never imports another module', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [file, target].map((path) => /^modules\/([^/]+)\//.exec(path)?.[1]);
      return from !== undefined && to !== undefined && from !== to && to !== 'regexp';
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('databases, relays and keys are touched by platform alone', () => {
    const wrong = imports.filter(
      ({ file, target }) => PLATFORM_ONLY.includes(target) && RULES[top(file)] && top(file) !== 'platform',
    );
    expect(wrong.map(show)).toEqual([]);
  });

  test('every relative import carries its extension', () => {
    expect(imports.filter(({ target }) => target.startsWith('!')).map(show)).toEqual([]);
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
  const paths = sourceFiles(ROOT).map((file) => relative(ROOT, file));
  expect(paths.filter((path) => /(^|\/)(utils|helpers|common|core|lib)\//.test(path))).toEqual([]);
});

test('no file is longer than 400 lines', () => {
  const long = sourceFiles(ROOT).filter((file) => readFileSync(file, 'utf8').split('\n').length > 400);
  expect(long.map((file) => relative(ROOT, file))).toEqual([]);
});

test('the workflow bundle stays small: neither zod nor openpgp has crept in', async () => {
  const [code = ''] = readFileSync(await loadWorkflowBundle(), 'utf8').split('//# sourceMappingURL');
  expect(code.length).toBeLessThan(650_000);
  expect(code).not.toMatch(/ZodError|BEGIN PGP/);
});

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', '.mig', '.git', 'fixtures'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** Static and dynamic imports and re-exports, without those of types. */
function readImports(path: string): Import[] {
  const source = readFileSync(path, 'utf8').replace(/^\s*(\/\/|\*).*$/gm, '');
  const found = [
    ...source.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm),
    ...source.matchAll(/\bimport\('([^']+)'\)/g),
  ];
  const file = relative(ROOT, path);
  return found
    .filter(([statement]) => !/^(import|export)\s+\{(\s*type\s+\w+,?)+\s*\}\s+from/.test(statement))
    .map(([, target = '']) => ({ file, target: resolve(path, target) }))
    .filter(({ target }) => !target.startsWith('node:'));
}

function resolve(path: string, target: string): string {
  if (!target.startsWith('.'))
    return target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/');
  if (!/\.(ts|js|json)$/.test(target)) return `!${target}`;
  return normalize(relative(ROOT, join(dirname(path), target)));
}

function ruleOf(file: string): string | undefined {
  return Object.keys(RULES).find((folder) => file.startsWith(`${folder}/`));
}

function isAllowed({ target }: Import, { own, packages }: { own: string[]; packages: string[] }): boolean {
  if (packages.includes(target)) return true;
  return own.some((name) => (name.endsWith('*') ? target.startsWith(name.slice(0, -1)) : target === name));
}

function top(path: string): string {
  return path.split('/')[0] ?? '';
}

function show({ file, target }: Import): string {
  return `${file} -> ${target}`;
}
