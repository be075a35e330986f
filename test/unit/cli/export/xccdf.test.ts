import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { XmlDocument, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm';
import { fsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';
import { beforeAll, expect, test } from 'vitest';
import { xccdf } from '../../../../cli/export/xccdf.ts';
import type { ComplianceItem } from '../../../../contract/sweep/item.ts';
import {
  complianceItem,
  exportable,
  exported,
  sweepReport,
  undecidedItem,
  WAIVER,
} from '../../../setup/compliance-items.ts';

const SCHEMA = fileURLToPath(new URL('../../../fixtures/export/xccdf/xccdf_1.2.xsd', import.meta.url));
const NAMES = { x: 'http://checklists.nist.gov/xccdf/1.2' };
let validator: XsdValidator;

beforeAll(() => {
  xmlRegisterInputProvider(fsInputProviders);
  validator = XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(SCHEMA), { url: SCHEMA }));
});

/** Reads an export, valid by the schema, with a function that gives the texts at a path. */
async function withBenchmark<T>(
  { report = sweepReport(), items }: { report?: ReturnType<typeof sweepReport>; items: ComplianceItem[] },
  read: (texts: (path: string) => string[]) => T,
): Promise<T> {
  const document = XmlDocument.fromBuffer(await exported(xccdf, { report, items }));
  try {
    validator.validate(document);
    return read((path) => document.find(path, NAMES).map(({ content }) => content));
  } finally {
    document.dispose();
  }
}

/** As XML 1.0 can hold it: other characters are escaped. */
function visible(text: string): string {
  return [...text]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      const isLow = code < 0x20 && ![9, 10, 13].includes(code);
      const isImpossible = isLow || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff;
      return isImpossible ? `\\u{${code.toString(16)}}` : character;
    })
    .join('');
}

test('the schema of NIST accepts every export, and every item is found again', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async ({ report, items }) => {
      await withBenchmark({ report, items }, (texts) => {
        const ids = texts('//x:Rule/@id');
        expect(texts('//x:Rule/x:title')).toEqual(report.checks.map(({ title }) => visible(title)));
        expect(texts('//x:rule-result/@idref')).toEqual(
          items.map((item) => ids[report.checks.findIndex(({ id }) => id === item.check)]),
        );
        expect(texts('//x:rule-result/@time')).toHaveLength(items.length);
        const targets = texts('//x:rule-result/../x:target');
        const firsts = items.filter(({ queueloc }, index) => items[index - 1]?.queueloc !== queueloc);
        expect(targets).toEqual(firsts.map(({ agent }) => visible(agent)));
        expect(texts('//x:fact')).toEqual(firsts.map(({ queueloc }) => visible(queueloc)));
        expect(texts('//x:remark')).toEqual(
          items.flatMap(({ status, waiver }) =>
            status === 'fail' && waiver !== null
              ? [visible(`waiver ${waiver.id} until ${waiver.until}: ${waiver.why}`)]
              : [],
          ),
        );
      });
    }),
  );
});

test('a waived failure is informational, and its override shows the failure', async () => {
  const items = [complianceItem({ waiver: WAIVER }), complianceItem({ queueloc: 'other' })];
  await withBenchmark({ items }, (texts) => {
    expect(texts('//x:rule-result/x:result')).toEqual(['informational', 'fail']);
    expect(texts('//x:override/@authority')).toEqual([`${WAIVER.by} (${WAIVER.fingerprint})`]);
    expect(texts('//x:override/x:old-result')).toEqual(['fail']);
    expect(texts('//x:override/x:new-result')).toEqual(['informational']);
    expect(texts('//x:score')).toEqual(['0', '0']);
    expect(texts('//x:score/@maximum')).toEqual(['0', '1']);
  });
});

test('a waiver of a check that passes overrides nothing', async () => {
  await withBenchmark({ items: [complianceItem({ waiver: WAIVER, status: 'pass' })] }, (texts) => {
    expect(texts('//x:result')).toEqual(['pass']);
    expect(texts('//x:override')).toEqual([]);
    expect(texts('//x:message').at(-1)).toMatch(/^waiver: waiver 28098271651777 until /);
  });
});

test('the times of a TestResult are the first and the last of its results', async () => {
  const checks = ['a', 'b', 'c'].map((id) => ({ ...sweepReport().checks[0], id }));
  const times = ['2026-11-30T02:00:09.5Z', '2026-11-30T02:00:09Z', '2026-11-30T02:00:09.55Z'];
  const items = times.map((checkedat, index) => complianceItem({ check: 'abc'[index] ?? '', checkedat }));
  const report = sweepReport({ checks: checks.map((check) => ({ ...complianceItem(), ...check })) });
  await withBenchmark({ report, items }, (texts) => {
    expect(texts('//x:TestResult/@start-time')).toEqual(['2026-11-30T02:00:09Z']);
    expect(texts('//x:TestResult/@end-time')).toEqual(['2026-11-30T02:00:09.55Z']);
  });
});

test('the signed document is there byte for byte', async () => {
  const report = sweepReport({ document: 'a\r\nb\u0000\t é' });
  await withBenchmark({ report, items: [] }, (texts) => {
    const [base64 = ''] = texts('//x:plain-text[@id="signed-document-base64"]');
    expect(Buffer.from(base64, 'base64').toString()).toBe(report.document);
    expect(texts('//x:plain-text[@id="signature-1"]')).toEqual(report.signatures);
  });
});

test('an item of a check that the document lacks is refused', async () => {
  const items = [complianceItem({ check: 'other' })];
  await expect(exported(xccdf, { report: sweepReport(), items })).rejects.toThrow(/check "other"/);
});

test('a benchmark without a run, checks or items is valid', async () => {
  await withBenchmark({ report: sweepReport({ run: null, checks: [] }), items: [] }, (texts) => {
    expect(texts('//x:Rule | //x:TestResult')).toEqual([]);
  });
});

test('the schema refuses a result without a rule', () => {
  const text = '<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="xccdf_a_benchmark_1">';
  const result = '<rule-result idref="xccdf_a_rule_1"><result>pass</result></rule-result><score>1</score>';
  const document = XmlDocument.fromString(
    `${text}<status>draft</status><version>1</version>
    <TestResult id="xccdf_a_testresult_1" end-time="2026-11-30T02:00:09Z"><target/>${result}</TestResult></Benchmark>`,
  );
  expect(() => validator.validate(document)).toThrow(/ruleIdKeyRef/);
  document.dispose();
});

test('an undecided item has its reason as a message', async () => {
  const items = [undecidedItem('agent has no module pkg')];
  const messages = await withBenchmark({ items }, (texts) => texts('//x:rule-result/x:message'));
  expect(messages[0]).toBe('reason: agent has no module pkg');
});
