import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../../contract/action.ts';
import { type Check, parseCheck } from '../../../contract/compliance.ts';
import { type Verdict, verdictOf } from '../../../contract/rules/verdict.ts';
import { findModule } from '../../../modules/all-modules.ts';
import { defined } from '../../setup/defined.ts';

const CONTENT = fileURLToPath(new URL('../../../compliance/debian12/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'mig-compliance-'));
const PATH = defined(process.env.PATH);
afterAll(() => {
  process.env.PATH = PATH;
  rmSync(work, { recursive: true, force: true });
});

/** The endpoints that a check is tried on: files by path, and installed packages. */
const File = z.union([z.string(), z.strictObject({ content: z.string(), mode: z.string() })]);
const Endpoint = z.record(z.string(), z.union([File, z.array(z.string())]));
const Fixtures = z.strictObject({
  pass: z.array(Endpoint).min(1),
  fail: z.array(Endpoint).min(1),
  notApplicable: z.array(Endpoint).min(1).optional(),
});
type Endpoint = z.infer<typeof Endpoint>;

const files = readdirSync(join(CONTENT, 'checks'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort();
const checks = files.map((file) => ({
  file,
  check: parseCheck(readFileSync(join(CONTENT, 'checks', file), 'utf8')),
}));

/** Writes the files of an endpoint, and a dpkg that lists its packages. Returns the folder. */
function writeEndpoint(endpoint: Endpoint): string {
  const root = mkdtempSync(join(work, 'endpoint-'));
  for (const [path, given] of Object.entries(endpoint)) {
    if (Array.isArray(given)) continue;
    const { content, mode } = typeof given === 'string' ? { content: given, mode: '0644' } : given;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), Number.parseInt(mode, 8));
  }
  const packages = Array.isArray(endpoint.packages) ? endpoint.packages : [];
  const bin = join(root, 'bin');
  mkdirSync(bin);
  const lines = packages.map((name) => `echo 'ii  ${name}  1.0  amd64  a package'`);
  writeFileSync(join(bin, 'dpkg'), `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  return root;
}

/** The operation as it would be on an endpoint whose root folder is `root`. */
function underRoot({ module, parameters }: Operation, root: string): unknown {
  if (module !== 'file') return parameters;
  const { searches } = z.object({ searches: z.record(z.string(), z.looseObject({})) }).parse(parameters);
  const moved = Object.entries(searches).map(([label, { paths, owners, ...search }]) => {
    const places = z.array(z.string()).parse(paths);
    // Only root can give files to root.
    const uid = owners === undefined ? {} : { owners: [String(process.getuid?.())] };
    return [label, { ...search, ...uid, paths: places.map((path) => join(root, path)) }];
  });
  return { searches: Object.fromEntries(moved) };
}

async function verdictOn(check: Check, endpoint: Endpoint): Promise<Verdict> {
  const root = writeEndpoint(endpoint);
  process.env.PATH = join(root, 'bin');
  try {
    return await verdictUnder(check, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function verdictUnder({ action, expectations }: Check, root: string): Promise<Verdict> {
  const answers = [];
  for (const [index, operation] of action.operations.entries()) {
    const parameters = underRoot(operation, root);
    const { run } = await defined(findModule(operation.module)).loadRun();
    const result = await run(parameters, { loadHost: () => Promise.reject(new Error('no agent')) });
    expect(result.success, result.errors?.join()).toBe(true);
    answers.push({ expectation: defined(expectations[index]), parameters, result });
  }
  return verdictOf(answers);
}

describe('the checks for Debian 12', () => {
  test('have a reference of their own, a level, and a page to read', () => {
    const refs = checks.map(({ check }) => check.action.threat.ref);
    expect(new Set(refs).size).toBe(checks.length);
    expect(checks.length).toBeGreaterThanOrEqual(60);
    for (const { file, check } of checks) {
      const { threat, description, name } = check.action;
      expect(threat.ref).toBe(`debian12-${basename(file, '.json')}`);
      expect(threat.level).toMatch(/^(low|medium|high)$/);
      expect(description.url).toMatch(/^https:/);
      expect(name.length).toBeGreaterThan(10);
    }
  });

  test('are what the modules accept', () => {
    for (const { check } of checks) {
      for (const { module, parameters } of check.action.operations) {
        const { checkParameters, findMistake } = defined(findModule(module));
        expect([checkParameters(parameters), findMistake?.(parameters)]).toEqual([undefined, undefined]);
      }
    }
  });
});

describe.each(checks)('$file', ({ file, check }) => {
  const text = readFileSync(join(CONTENT, 'fixtures', file), 'utf8');
  const { pass, fail, notApplicable = [] } = Fixtures.parse(JSON.parse(text));

  test('a condition has an endpoint to which the check does not apply', () => {
    expect(notApplicable.length > 0).toBe(check.expectations.includes('applies'));
  });

  const cases = [
    ...pass.map((endpoint) => ({ verdict: 'pass', endpoint })),
    ...fail.map((endpoint) => ({ verdict: 'fail', endpoint })),
    ...notApplicable.map((endpoint) => ({ verdict: 'notapplicable', endpoint })),
  ];
  test.each(cases)('$verdict: $endpoint', async ({ verdict, endpoint }) => {
    expect(await verdictOn(check, endpoint)).toBe(verdict);
  });
});
