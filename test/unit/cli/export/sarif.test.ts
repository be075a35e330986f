import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sarif } from '../../../../cli/export/sarif.ts';
import type { ComplianceItem } from '../../../../contract/sweep/item.ts';
import {
  complianceItem,
  exportable,
  exported,
  sweepReport,
  undecidedItem,
  WAIVER,
  wellFormed,
} from '../../../setup/compliance-items.ts';
import { schemaValidator } from '../../../setup/json-schema-validator.ts';

const problemsOf = schemaValidator('sarif-2.1.0.schema.json');

async function runOf(items: ComplianceItem[], report = sweepReport()) {
  const log = JSON.parse((await exported(sarif, { report, items })).toString());
  expect(problemsOf(log)).toEqual([]);
  expect(log.runs).toHaveLength(1);
  return log.runs[0];
}

test('every check is a rule, and every item a result', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async ({ report, items }) => {
      const { tool, results, properties } = await runOf(items, report);
      expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(
        wellFormed(report.checks.map(({ id }) => id)),
      );
      const found = results.map((result: Awaited<ReturnType<typeof runOf>>) => ({
        check: tool.driver.rules[result.ruleIndex].id,
        agent: result.locations[0].logicalLocations[0].name,
        queueloc: result.locations[0].logicalLocations[0].fullyQualifiedName,
        ...result.properties,
      }));
      const untold = ['title', 'reference', 'level', 'url', 'expected'];
      expect(found).toEqual(
        wellFormed(items).map((item) =>
          Object.fromEntries(Object.entries(item).filter(([name]) => !untold.includes(name))),
        ),
      );
      expect(properties).toMatchObject({ document: report.document, run: report.run });
    }),
  );
});

test.each([
  ['pass', 'pass', 'none'],
  ['fail', 'fail', 'error'],
  ['notapplicable', 'notApplicable', 'none'],
  ['unknown', 'open', 'none'],
  ['error', 'review', 'none'],
  ['notchecked', 'review', 'none'],
] as const)('%s is a result of kind %s and level %s', async (status, kind, level) => {
  const { results } = await runOf([complianceItem({ status })]);
  expect(results[0]).toMatchObject({ kind, level });
});

test('a waived failure is suppressed, and every other result says that it is not', async () => {
  const items = [complianceItem({ waiver: WAIVER }), complianceItem({ waiver: WAIVER, status: 'pass' })];
  const { results } = await runOf([...items, complianceItem()]);
  const { why, ...properties } = WAIVER;
  expect(results[0].suppressions).toEqual([
    { kind: 'external', status: 'accepted', justification: why, properties },
  ]);
  expect([results[1].suppressions, results[2].suppressions]).toEqual([[], []]);
});

test('a name of an endpoint is in no message, where a reader would make links of it', async () => {
  const { results } = await runOf([complianceItem({ agent: '[here](https://evil.example/)' })]);
  expect(results[0].message.text).not.toContain('evil');
});

test('the message of an undecided item has its reason, without the brackets of a link', async () => {
  const reason = 'failed: [here](https://evil.example/) {0}';
  const { results } = await runOf([undecidedItem(reason)]);
  expect(results[0].message.text).toMatch(
    /^error \(failed: \(here\)\(https:\/\/evil\.example\/\) \{\{0\}\}\): /,
  );
  expect(results[0].properties.reason).toBe(reason);
});

test('braces are doubled, for single ones are placeholders', async () => {
  const { results } = await runOf([complianceItem({ expected: 'a{2} is {0}' })]);
  expect(results[0].message.text).toContain('a{{2}} is {{0}}');
});

test('a sweep without a run has neither an invocation nor results', async () => {
  const run = await runOf([], sweepReport({ run: null, checks: [] }));
  expect(run.invocations).toBeUndefined();
  expect(run.results).toEqual([]);
});
