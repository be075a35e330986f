import { createHash } from 'node:crypto';
import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import { jsonText } from '../terminal/json-text.ts';
import type { ExportOptions } from './export-format.ts';
import { millisOf } from './item-times.ts';
import { webUrl } from './web-url.ts';

const OCSF_VERSION = '1.8.0';
const FINDINGS = 2;
const COMPLIANCE_FINDING = 2003;
/** The identifiers that OCSF has for what its enumerations do not know, and for what they do not list. */
const UNKNOWN = 0;
const OTHER = 99;

/** A value of an OCSF enumeration: its identifier and its caption. */
type Enumerated = readonly [id: number, caption: string];

const SEVERITIES = new Map<string, Enumerated>([
  ['', [UNKNOWN, 'Unknown']],
  ['unknown', [UNKNOWN, 'Unknown']],
  ['info', [1, 'Informational']],
  ['informational', [1, 'Informational']],
  ['low', [2, 'Low']],
  ['medium', [3, 'Medium']],
  ['high', [4, 'High']],
  ['critical', [5, 'Critical']],
]);
const COMPLIANCE_STATUSES: Record<ComplianceItem['status'], Enumerated> = {
  pass: [1, 'Pass'],
  fail: [3, 'Fail'],
  error: [2, 'Warning'],
  notchecked: [2, 'Warning'],
  unknown: [UNKNOWN, 'Unknown'],
  notapplicable: [OTHER, 'Not Applicable'],
};

/** One Compliance Finding of the Open Cybersecurity Schema Framework a line. */
export async function* ocsf(
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
  options: ExportOptions,
): AsyncGenerator<string> {
  const documentsha256 = createHash('sha256').update(report.document).digest('hex');
  for await (const item of items) {
    const event = { ...finding(item, report, options), unmapped: unmapped(item, report, documentsha256) };
    yield `${jsonText(event)}\n`;
  }
}

function finding(item: ComplianceItem, report: SweepReport, { nowMs, version }: ExportOptions): object {
  const [activityId, activity] = activityOf(item);
  const [severityId, severity] = severityOf(item.level);
  const [statusId, status] = lifecycleOf(item);
  const uid = `${report.id}/${item.check}/${item.queueloc}`;
  return {
    activity_id: activityId,
    activity_name: activity,
    category_uid: FINDINGS,
    category_name: 'Findings',
    class_uid: COMPLIANCE_FINDING,
    class_name: 'Compliance Finding',
    type_uid: COMPLIANCE_FINDING * 100 + activityId,
    type_name: `Compliance Finding: ${activity}`,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    status_detail: item.reason ?? undefined,
    time: millisOf(item.checkedat),
    message: `${item.status}: ${item.title}`,
    comment: item.waiver?.why,
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'MIG', vendor_name: 'MIG', version },
      uid: `${uid}/${item.run}`,
      correlation_uid: `${report.id}/${item.run}`,
      logged_time: nowMs,
    },
    finding_info: {
      uid,
      title: item.title,
      desc: item.expected,
      src_url: webUrl(item.url),
      first_seen_time: item.since === null ? undefined : millisOf(item.since),
      last_seen_time: millisOf(item.checkedat),
      modified_time: millisOf(item.changedat),
    },
    compliance: complianceOf(item, report),
    resources: [{ uid: item.queueloc, name: item.agent, type: 'Endpoint' }],
    device: { uid: item.queueloc, name: item.agent, type_id: UNKNOWN, type: 'Unknown' },
  };
}

function complianceOf(item: ComplianceItem, report: SweepReport): object {
  const [statusId, status] = COMPLIANCE_STATUSES[item.status];
  const [severityId, severity] = severityOf(item.level);
  return {
    control: item.check,
    requirements: item.reference === '' ? [] : [item.reference],
    standards: [report.name],
    desc: item.expected,
    status_id: statusId,
    status,
    status_code: item.status,
    status_details: item.reason === null ? undefined : [item.reason],
    checks: [
      {
        uid: item.check,
        name: item.title,
        desc: item.expected,
        standards: [report.name],
        severity_id: severityId,
        severity,
        status_id: statusId,
        status,
      },
    ],
  };
}

/** What OCSF has no place for, and the digest of the signed document, which ties the event to its question. */
function unmapped(item: ComplianceItem, report: SweepReport, documentsha256: string): object {
  const { waiver, verdict, since, firstfailedrun, run, url } = item;
  return {
    sweep: report.id,
    target: report.target,
    documentsha256,
    run,
    verdict,
    since,
    firstfailedrun,
    url,
    waiver,
  };
}

/** A failure is created by the first run that found it. What is in order is closed. */
function activityOf({ status, firstfailedrun, run }: ComplianceItem): Enumerated {
  if (status === 'pass' || status === 'notapplicable') return [3, 'Close'];
  return status === 'fail' && firstfailedrun === run ? [1, 'Create'] : [2, 'Update'];
}

function severityOf(level: string): Enumerated {
  return SEVERITIES.get(level.toLowerCase()) ?? [OTHER, level];
}

function lifecycleOf({ status, waiver }: ComplianceItem): Enumerated {
  if (status === 'fail') return waiver === null ? [1, 'New'] : [3, 'Suppressed'];
  return status === 'pass' || status === 'notapplicable' ? [4, 'Resolved'] : [UNKNOWN, 'Unknown'];
}
