import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkOperations } from '../../../api/actions/check-operations.ts';
import type { ApiDeps } from '../../../api/context.ts';
import { type Action, parseAction } from '../../../contract/action.ts';
import { findModule } from '../../../modules/all-modules.ts';
import { checkTarget } from '../../../platform/postgres/target/target.ts';

const FOLDER = new URL('../../fixtures/actions/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** The operations whose modules this program has. */
function read(file: string): { action: Action; operations: Action['operations'] } {
  const action = parseAction(readFileSync(new URL(file, FOLDER), 'utf8'));
  return { action, operations: action.operations.filter(({ module }) => findModule(module) !== undefined) };
}

test('MIG ships nineteen actions', () => {
  expect(files).toHaveLength(19);
});

describe.each(files)('%s', (file) => {
  test('is accepted by its modules and by the API, as it is', async () => {
    const { action, operations } = read(file);
    for (const { module, parameters } of operations) {
      expect(findModule(module)?.checkParameters(parameters)).toBeUndefined();
    }
    // The database is asked only for modules that this program does not have.
    await expect(checkOperations({} as ApiDeps, operations)).resolves.toBeUndefined();
    await expect(checkTarget(action.target)).resolves.not.toThrow();
  });
});

test('the former name of netstat has its meaning, but is no module of its own', async () => {
  const connected = findModule('connected');
  expect(connected?.checkParameters({ 'C&C server': ['116.10.189.246'] })).toBeUndefined();
  expect(connected?.checkParameters({ 'C&C server': ['nonsense'] })).toMatch(/nonsense/);
  expect(connected?.checkParameters({ 'C&C server': 'nonsense' })).toMatch(/must be a list of texts/);
  expect(() => connected?.parseFlags(['-ci', '10.0.0.1'])).toThrow('has no flags');
});
