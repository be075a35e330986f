import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ComplianceItem, SweepCheckView, SweepReport } from '../../contract/sweep/item.ts';
import { jsonText } from '../terminal/json-text.ts';
import type { ExportOptions } from './export-format.ts';
import { utcTime } from './item-times.ts';
import { webUrl } from './web-url.ts';

/** SARIF's words for the outcomes. */
const KINDS: Record<ComplianceItem['status'], string> = {
  pass: 'pass',
  fail: 'fail',
  notapplicable: 'notApplicable',
  // Asked, and the answer does not decide.
  unknown: 'open',
  // Not asked, or without an answer: a person must look.
  error: 'review',
  notchecked: 'review',
};

/** One SARIF 2.1.0 log with one run. The results come last, so that they can be written one by one. */
export async function* sarif(
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
  options: ExportOptions,
): AsyncGenerator<string> {
  const run = jsonText(runWithoutResults(report, options));
  yield `{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json","version":"2.1.0","runs":[${run.slice(0, -1)},"results":[`;
  const indexes = new Map(report.checks.map(({ id }, index) => [id, index]));
  let separator = '\n';
  for await (const item of items) {
    yield `${separator}${jsonText(result(item, report, indexes.get(item.check)))}`;
    separator = ',\n';
  }
  yield '\n]}]}\n';
}

function runWithoutResults(report: SweepReport, { nowMs, version }: ExportOptions): object {
  const { checks, ...question } = report;
  return {
    tool: { driver: { name: 'MIG', version, rules: checks.map(rule) } },
    automationDetails: { id: `mig/sweep/${report.id}/${report.run?.id ?? 'none'}` },
    invocations: invocations(report),
    properties: { ...question, exportedat: timestampFromMillis(nowMs) },
  };
}

function invocations({ run }: SweepReport): object[] | undefined {
  if (run === null) return undefined;
  const invocation = {
    executionSuccessful: run.state === 'complete',
    startTimeUtc: run.startedat === null ? undefined : utcTime(run.startedat),
    endTimeUtc: run.finishedat === null ? undefined : utcTime(run.finishedat),
  };
  return [invocation];
}

function rule({ id, title, reference, level, url, expected }: SweepCheckView): object {
  return {
    id,
    shortDescription: { text: messageText(title) },
    fullDescription: { text: messageText(expected) },
    helpUri: webUrl(url),
    defaultConfiguration: { level: levelOf(level) },
    properties: { reference, level, url },
  };
}

/** The message quotes the signed check, and the reason without brackets: readers make links of them. */
function result(item: ComplianceItem, report: SweepReport, ruleIndex: number | undefined): object {
  const {
    check,
    agent,
    queueloc,
    status,
    reason,
    waiver,
    verdict,
    since,
    firstfailedrun,
    changedat,
    run,
    checkedat,
  } = item;
  return {
    ruleId: check,
    ruleIndex,
    kind: KINDS[status],
    level: status === 'fail' ? levelOf(item.level) : 'none',
    message: { text: messageText(`${outcomeText(item)}: ${item.title}. Expected: ${item.expected}`) },
    locations: [{ logicalLocations: [{ name: agent, fullyQualifiedName: queueloc, kind: 'endpoint' }] }],
    partialFingerprints: { 'migItem/v1': `${report.id}/${check}/${queueloc}` },
    suppressions: status === 'fail' && waiver !== null ? [suppression(waiver)] : [],
    properties: { status, reason, verdict, since, firstfailedrun, changedat, run, checkedat, waiver },
  };
}

/** The reason may come from the endpoint. */
function outcomeText({ status, reason }: ComplianceItem): string {
  return reason === null ? status : `${status} (${reason.replaceAll('[', '(').replaceAll(']', ')')})`;
}

function suppression(waiver: NonNullable<ComplianceItem['waiver']>): object {
  const { why, ...properties } = waiver;
  return { kind: 'external', status: 'accepted', justification: why, properties };
}

function levelOf(level: string): string {
  const word = level.toLowerCase();
  if (word === 'critical' || word === 'high') return 'error';
  return ['low', 'info', 'informational'].includes(word) ? 'note' : 'warning';
}

/** SARIF makes placeholders of single braces. */
function messageText(text: string): string {
  return text.replace(/[{}]/g, '$&$&');
}
