import { expect, test } from 'vitest';
import { z } from 'zod';
import { MigError } from '../../../contract/errors.ts';
import { goObject, listOf, texts } from '../../../contract/fields.ts';
import { EMPTY_RESULT } from '../../../contract/module-result.ts';
import { type Definition, defineModule } from '../../../modules/define-module.ts';
import { defineRun } from '../../../modules/define-run.ts';
import { option } from '../../../modules/option.ts';

const Parameters = goObject({
  names: texts.optional().register(option, { flag: 'name', value: 'regex', text: 'a name', example: '^a' }),
  ports: listOf(z.string(), 10).default([]).register(option, { flag: 'port', value: 'n', text: 'a port' }),
  limits: goObject({
    depth: z.number().default(3).register(option, { flag: 'depth', value: 'n', text: 'how deep' }),
  }).prefault({}),
  all: z.boolean().default(false).register(option, { flag: 'all', text: 'all of them' }),
  kind: z.enum(['a', 'b']).default('a').register(option, { text: 'a or b' }),
  silent: z.string().optional(),
});
type Parameters = z.infer<typeof Parameters>;

const run = defineRun({
  parameters: Parameters,
  async run({ names }) {
    if (names?.[0] === 'refuse') throw new MigError('parameters_invalid', 'refused');
    if (names?.[0] === 'defect') throw new TypeError('defect');
    return { ...EMPTY_RESULT, success: true };
  },
});

const define = (more: Partial<Definition<Parameters>> = {}) =>
  defineModule<Parameters>({
    name: 'sample',
    summary: 'finds samples',
    parameters: Parameters,
    print: () => [],
    loadRun: async () => run,
    about: {
      intro: 'It answers.',
      platforms: { linux: 'complete', darwin: 'complete', windows: 'complete' },
      privacy: 'Nothing.',
      example: { question: 'Where?', args: ['-name', "it's"], result: EMPTY_RESULT },
    },
    ...more,
  });

test('the flags and their kinds follow from the schema', () => {
  expect(define().flags).toEqual({ name: 'list', port: 'list', depth: 'number', all: 'boolean' });
  expect(define().options.map(({ field }) => field)).toEqual([
    'names',
    'ports',
    'limits.depth',
    'all',
    'kind',
  ]);
});

test('each value goes to the field of its flag', () => {
  const args = ['-name', 'a', '-name', 'b', '-depth', '7', '-all'];
  expect(define().parseFlags(args)).toEqual({ names: ['a', 'b'], limits: { depth: 7 }, all: true });
});

test('no flags request help, unless the module runs without flags', () => {
  expect(define().parseFlags([])).toBeUndefined();
  expect(define({ runsWithoutFlags: true }).parseFlags([])).toEqual({});
  expect(define({ runsWithoutFlags: true }).parseFlags(['help'])).toBeUndefined();
});

test('parameters that a rule or the schema refuses are a usage error', () => {
  const module = define({ findProblem: ({ all }) => (all ? 'not all of them' : undefined) });
  expect(() => module.parseFlags(['-all'])).toThrow('not all of them');
  expect(module.checkParameters({ all: 1 })).toMatch(/^all: /);
  expect(module.checkParameters(null)).toBeUndefined();
});

test('a module without flags says how to use it', () => {
  const module = define({ described: z.object({}) });
  expect(() => module.parseFlags(['-x'])).toThrow('the sample module has no flags');
  expect(module.help).toContain('The module has no parameters.');
});

test('the help has a row for each flag, and a line that a shell takes', () => {
  const { help } = define();
  expect(help).toContain("  -name <regex>  a name (repeatable, e.g. '^a')");
  expect(help).toContain('  -all           all of them');
  expect(help).toContain('\nPlatforms:\n\n  Linux    ');
  expect(help).toContain('\nPrivacy: ');
  expect(help.endsWith(`mig sample -name "it's"`)).toBe(true);
});

test('a schema that no flag can have is refused while the program loads', () => {
  const described = z.object({ when: z.date().register(option, { flag: 'when', text: 'a time' }) });
  expect(() => define({ described })).toThrow('when has a schema that no flag can have: date');
});

test('a run refuses bad parameters and explained errors by a result, and throws defects', async () => {
  const context = { loadHost: () => Promise.reject(new Error('not used')) };
  expect(await run.run({ names: 1 }, context)).toMatchObject({
    success: false,
    errors: ['ReadInputParameters() -> json: names: must be a list of texts'],
  });
  expect((await run.run({ names: ['refuse'] }, context)).errors).toEqual(['refused']);
  expect((await run.run(null, context)).success).toBe(true);
  await expect(run.run({ names: ['defect'] }, context)).rejects.toThrow('defect');
});

test('a parameter that the schema would drop is refused, unless a program of MIG sent it', async () => {
  const runWith = (parameters: unknown, asMig: boolean) =>
    run.run(parameters, {
      loadHost: () => Promise.reject(new Error('no host')),
      terms: { endsAtMs: 1, maxBytes: 1, asMig },
    });
  const misspelt = { NAMES: ['a'], limits: { Depth: 1, dpeth: 2 } };
  expect((await runWith(misspelt, false)).errors).toEqual([
    "unknown parameter 'limits.dpeth': without it the result would be another",
  ]);
  expect((await runWith(misspelt, true)).success).toBe(true);
  expect((await runWith({ NAMES: ['a'], limits: { Depth: 1, dpeth: null } }, false)).success).toBe(true);
  const tolerant = defineRun({
    parameters: Parameters,
    ignoresUnknown: (field) => field === 'limits.dpeth',
    run: async () => ({ ...EMPTY_RESULT, success: true }),
  });
  const context = { loadHost: () => Promise.reject(new Error('no host')) };
  expect((await tolerant.run(misspelt, context)).success).toBe(true);
});
