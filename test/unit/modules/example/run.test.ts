import { hostname, networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { exampleRun } from '../../../../modules/example/run.ts';
import { NO_TERMS } from '../../../../modules/module.ts';

const context = {
  loadHost: async () => {
    throw new Error('the module needs no agent');
  },
};

test('nothing is returned that was not asked for', async () => {
  const result = await exampleRun.run({}, context);
  expect(JSON.parse(JSON.stringify(result))).toEqual({
    foundanything: false,
    success: true,
    elements: {},
    statistics: { stufffound: 0 },
    errors: null,
  });
});

test('the host name and the addresses are those of this machine, without its loopback', async () => {
  const { foundanything, elements, statistics } = await exampleRun.run(
    { gethostname: true, getaddresses: true },
    context,
  );
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ cidr }) => cidr) ?? []);
  const addresses = all.filter((cidr) => cidr !== '127.0.0.1/8' && cidr !== '::1/128');
  expect(foundanything).toBe(true);
  expect(JSON.parse(JSON.stringify(elements))).toEqual({
    hostname: hostname(),
    ...(addresses.length > 0 && { addresses }),
  });
  expect(statistics).toEqual({ stufffound: 1 + addresses.length });
});

test('a name is looked up once, as the machine resolves it, and does not count as found', async () => {
  const result = await exampleRun.run({ lookuphost: ['localhost', 'localhost'] }, context);
  expect(result).toMatchObject({ foundanything: false, success: true, statistics: { stufffound: 0 } });
  const { lookeduphost } = result.elements as { lookeduphost: Record<string, string[]> };
  expect(Object.keys(lookeduphost)).toEqual(['localhost']);
  expect(lookeduphost.localhost).toContain('127.0.0.1');
});

test('names that had to be left out are an error and a limit, but no limit to programs of MIG', async () => {
  const over = { ...NO_TERMS, endsAtMs: 0 };
  const missing = ['the time of the run was used up: 1 of 1 names are missing'];
  const ours = await exampleRun.run({ lookuphost: ['localhost'] }, { ...context, terms: over });
  expect(ours).toMatchObject({ success: true, errors: missing, limits: missing });
  const asMig = await exampleRun.run(
    { lookuphost: ['localhost'] },
    { ...context, terms: { ...over, asMig: true } },
  );
  expect(asMig).toMatchObject({ errors: missing, limits: undefined });
});

test('a bad name fails the run, and a misspelt parameter, too', async () => {
  const bad = await exampleRun.run({ lookuphost: ['a b'] }, context);
  expect(bad).toMatchObject({ success: false, errors: [expect.stringContaining('LookupHost')] });
  const misspelt = await exampleRun.run({ gethostnam: true }, context);
  expect(misspelt).toMatchObject({ success: false, errors: [expect.stringContaining(`'gethostnam'`)] });
});
