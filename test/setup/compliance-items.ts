import fc from 'fast-check';
import type { Export } from '../../cli/export/export-format.ts';
import {
  type ComplianceItem,
  ITEM_STATUSES,
  type SweepCheckView,
  type SweepReport,
} from '../../contract/sweep/item.ts';

export const EXPORT_OPTIONS = { nowMs: Date.parse('2026-11-30T12:00:00Z'), version: '0.1.0' };

/** The check of the examples in docs/exports.md. */
export const CHECK: SweepCheckView = {
  id: 'debian12-ssh-root-login',
  title: 'sshd lets root not log in',
  reference: 'debian12-ssh-root-login',
  level: 'high',
  url: 'https://manpages.debian.org/bookworm/openssh-server/sshd_config.5.en.html#PermitRootLogin',
  expected: 'PermitRootLogin is no',
};

/** The waiver of the examples. */
export const WAIVER = {
  id: 28_098_271_651_777,
  by: 'John Doe',
  fingerprint: '3F2504E04F8911D39A0C0305E82C3301A1B2C3D4',
  why: 'replaced by June (CHG-4711)',
  until: '2026-12-31T00:00:00Z',
};

/** The item of the examples. */
export function complianceItem(change: Partial<ComplianceItem> = {}): ComplianceItem {
  const { id, ...check } = CHECK;
  return {
    check: id,
    ...check,
    agent: 'web-1.example.net',
    queueloc: 'linux.web-1.f00d',
    status: 'fail',
    reason: null,
    waiver: null,
    verdict: 'fail',
    since: '2026-11-28T02:00:07.25Z',
    firstfailedrun: 28_098_271_650_231,
    changedat: '2026-11-28T02:00:07.25Z',
    run: 28_098_271_654_410,
    checkedat: '2026-11-30T02:00:09.123456Z',
    ...change,
  };
}

/** An item that an endpoint could not decide, with a text of its own. */
export function undecidedItem(reason: string): ComplianceItem {
  return complianceItem({ status: 'error', reason });
}

/** The report of the examples. */
export function sweepReport(change: Partial<SweepReport> = {}): SweepReport {
  return {
    id: 28_098_271_642_107,
    name: 'debian12 nightly',
    target: "environment->>'os' = 'linux'",
    document: '{"name":"debian12 nightly","checks":["debian12-ssh-root-login"]}',
    signatures: ['-----BEGIN PGP SIGNATURE-----\n\nwnUE\n-----END PGP SIGNATURE-----\n'],
    signers: [{ name: 'John Doe', fingerprint: WAIVER.fingerprint }],
    operations: [],
    checks: [CHECK],
    run: {
      id: 28_098_271_654_410,
      plannedat: '2026-11-30T02:00:00Z',
      startedat: '2026-11-30T02:00:01Z',
      finishedat: '2026-11-30T02:05:00Z',
      kind: 'schedule',
      state: 'complete',
      paused: false,
      reason: null,
      targeted: 1,
      answered: 1,
      bycheck: {},
      counts: { fail: 1 },
      actions: [28_098_271_654_411],
    },
    ...change,
  };
}

export async function* each<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

/** The whole export as bytes. */
export async function exported(
  write: Export,
  { report, items }: { report: SweepReport; items: Iterable<ComplianceItem> },
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of write(report, each(items), EXPORT_OPTIONS)) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

const TRICKY = [
  '',
  '=1+1',
  "+cmd|'/C calc'!A0",
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  'a;=1',
  'a",=1',
  "'=1",
  '＝1',
  ']]>',
  '</target>&amp;<!--',
  '"quoted", and\r\nfolded\n',
  '\u0000\u0001\u001b[31m\u0085\u009b\u007f',
  '\ud800',
  '\udfffa\ud83d',
  '\ufffe\uffff\ufeff\u202e',
  'x'.repeat(4096),
  '\u0000'.repeat(4096),
  '{0} {{1}} [link](https://evil.example/)',
  '_x5f_x',
  '😀é\u2028',
];

/** Any text that an endpoint, or a person, can give to a field. */
const text = fc.oneof(
  fc.constantFrom(...TRICKY),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
);
const name = text.map((value) => value.slice(0, 128));
const id = fc.nat(Number.MAX_SAFE_INTEGER);
const time = fc
  .tuple(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), fc.nat(999))
  .map(([date, micros]) => date.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`));

const check: fc.Arbitrary<SweepCheckView> = fc.record({
  id: name,
  title: text,
  reference: text,
  level: fc.oneof(fc.constantFrom('', 'low', 'medium', 'high', 'critical', 'High'), text),
  url: fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), text),
  expected: text,
});

/** A report with hostile texts, and items of its checks on a few endpoints, in the order that the API keeps. */
export const exportable: fc.Arbitrary<{ report: SweepReport; items: ComplianceItem[] }> = fc
  .record({
    checks: fc.uniqueArray(check, { maxLength: 4, selector: ({ id }) => id.toWellFormed() }),
    endpoints: fc.uniqueArray(fc.record({ agent: text, queueloc: name }), {
      maxLength: 4,
      selector: ({ queueloc }) => queueloc.toWellFormed(),
    }),
    id,
    name: text,
    target: text,
    document: text.map((value) => value.toWellFormed()),
    hasRun: fc.boolean(),
  })
  .chain(({ checks, endpoints, hasRun, ...given }) => {
    const { run } = sweepReport();
    const report = sweepReport({ ...given, checks, run: hasRun ? run : null });
    const pairs = endpoints.flatMap((endpoint) => checks.map((one) => ({ endpoint, check: one })));
    return fc
      .array(answer, { minLength: pairs.length, maxLength: pairs.length })
      .map((answers) => ({ report, items: pairs.map((pair, index) => itemOf(pair, answers[index])) }));
  });

const answer = fc.record({
  status: fc.constantFrom(...ITEM_STATUSES),
  reason: fc.option(text),
  waiver: fc.option(
    fc.record({ id, by: text, fingerprint: name.map((value) => value.slice(0, 64)), why: text, until: time }),
  ),
  verdict: fc.constantFrom('pass' as const, 'fail' as const, 'notapplicable' as const, null),
  since: fc.option(time),
  firstfailedrun: fc.option(id),
  changedat: time,
  run: id,
  checkedat: time,
});

function itemOf(
  {
    endpoint,
    check: { id: checkId, ...told },
  }: { endpoint: { agent: string; queueloc: string }; check: SweepCheckView },
  answered: typeof answer extends fc.Arbitrary<infer Answer> ? Answer | undefined : never,
): ComplianceItem {
  if (answered === undefined) throw new Error('an item without an answer');
  return { check: checkId, ...told, ...endpoint, ...answered };
}

/** A value with U+FFFD for each lone surrogate, as all formats write them. */
export function wellFormed<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'string' ? inner.toWellFormed() : inner,
    ),
  );
}
