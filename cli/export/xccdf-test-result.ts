import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import type { ExportOptions } from './export-format.ts';
import { utcTime } from './item-times.ts';
import { DOCUMENT_ID, xccdfId } from './xccdf-ids.ts';
import { xmlText } from './xml-text.ts';

interface Context {
  report: SweepReport;
  options: ExportOptions;
  /** Counts the TestResults of the file. */
  number: number;
}

/** The results of one endpoint. */
export function xccdfTestResult(
  items: readonly [ComplianceItem, ...ComplianceItem[]],
  { report, options, number }: Context,
): string {
  const [{ agent, queueloc }] = items;
  const times = items.map(({ checkedat }) => utcTime(checkedat)).sort(byTime);
  return `<TestResult id="${xccdfId('testresult', `${report.id}.${number}`)}" version="${report.id}"
  start-time="${times[0]}" end-time="${times.at(-1)}" test-system="MIG ${xmlText(options.version)}">
<title>${xmlText(`${report.name} on ${agent}`)}</title>
<target>${xmlText(agent)}</target>
<target-facts><fact name="urn:mig:queueloc" type="string">${xmlText(queueloc)}</fact></target-facts>
${items.map((item) => ruleResult(item, options)).join('')}${score(items)}
</TestResult>
`;
}

export function xccdfSeverity(level: string): string {
  const word = level.toLowerCase();
  if (word === 'critical') return 'high';
  if (word === 'informational') return 'info';
  return ['info', 'low', 'medium', 'high'].includes(word) ? word : 'unknown';
}

/** Where the check is defined: in the signed document. */
export function xccdfCheck(check: string): string {
  return `<check system="urn:mig:check"><check-content-ref href="#${DOCUMENT_ID}" name="${xmlText(check)}"/></check>
`;
}

/** Times without a fraction are shorter, so their order is not that of their texts. */
function byTime(one: string, other: string): number {
  const [a, b] = [one, other].map((time) => time.replace('Z', ''));
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

function ruleResult(item: ComplianceItem, options: ExportOptions): string {
  const { status, waiver } = item;
  const isWaived = isWaivedFailure(item);
  const history = [
    ['reason', item.reason],
    ['verdict', item.verdict],
    ['since', item.since],
    ['first failed run', item.firstfailedrun],
    ['changed at', item.changedat],
    ['run', item.run],
    ['waiver', waiver && waiverText(waiver)],
  ].filter(([, value]) => value !== null);
  const messages = history.map(
    ([name, value]) => `<message severity="info">${xmlText(`${name}: ${value}`)}</message>\n`,
  );
  return `<rule-result idref="${xccdfId('rule', item.check)}"
  severity="${xccdfSeverity(item.level)}" time="${utcTime(item.checkedat)}">
<result>${isWaived ? WAIVED : status}</result>
${waiver !== null && isWaived ? override(waiver, options) : ''}${messages.join('')}${xccdfCheck(item.check)}</rule-result>
`;
}

/** Checked, and for the auditor to judge: counted neither as passed nor as failed. */
const WAIVED = 'informational';

type Waiver = NonNullable<ComplianceItem['waiver']>;

function override(waiver: Waiver, { nowMs }: ExportOptions): string {
  return `<override time="${timestampFromMillis(nowMs)}" authority="${xmlText(`${waiver.by} (${waiver.fingerprint})`)}">
<old-result>fail</old-result>
<new-result>${WAIVED}</new-result>
<remark>${xmlText(waiverText(waiver))}</remark>
</override>
`;
}

function waiverText({ id, until, why }: Waiver): string {
  return `waiver ${id} until ${until}: ${why}`;
}

function isWaivedFailure({ status, waiver }: ComplianceItem): boolean {
  return status === 'fail' && waiver !== null;
}

/** The flat unweighted model of XCCDF 1.2: how many passed, of those that count. */
function score(items: readonly ComplianceItem[]): string {
  const counted = items.filter(
    (item) => !['notapplicable', 'notchecked'].includes(item.status) && !isWaivedFailure(item),
  );
  const passed = counted.filter(({ status }) => status === 'pass');
  return `<score system="urn:xccdf:scoring:flat-unweighted" maximum="${counted.length}">${passed.length}</score>`;
}
