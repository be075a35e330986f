import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ocsf } from '../../../../cli/export/ocsf.ts';
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

const problemsOf = schemaValidator('ocsf-compliance-finding-1.8.0.schema.json');

async function eventsOf(items: ComplianceItem[], report = sweepReport()) {
  const text = (await exported(ocsf, { report, items })).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('every item is an event that the schema of OCSF accepts', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async ({ report, items }) => {
      const events = await eventsOf(items, report);
      expect(events.flatMap(problemsOf)).toEqual([]);
      const found = events.map(({ compliance, resources, device, unmapped }) => ({
        check: compliance.control,
        status: compliance.status_code,
        agent: resources[0].name,
        queueloc: device.uid,
        waiver: unmapped.waiver,
        run: unmapped.run,
        verdict: unmapped.verdict,
      }));
      expect(found).toEqual(
        wellFormed(items).map(({ check, status, agent, queueloc, waiver, run, verdict }) => ({
          check,
          status,
          agent,
          queueloc,
          waiver,
          run,
          verdict,
        })),
      );
    }),
  );
});

test.each([
  ['pass', 'Pass', 'Resolved', 'Close'],
  ['fail', 'Fail', 'New', 'Update'],
  ['error', 'Warning', 'Unknown', 'Update'],
  ['notchecked', 'Warning', 'Unknown', 'Update'],
  ['unknown', 'Unknown', 'Unknown', 'Update'],
  ['notapplicable', 'Not Applicable', 'Resolved', 'Close'],
] as const)('%s is a compliance status %s, a finding %s, and an activity %s', async (status, ...words) => {
  const [event] = await eventsOf([complianceItem({ status })]);
  expect([event.compliance.status, event.status, event.activity_name]).toEqual(words);
});

test('a failure is created by the run that found it first', async () => {
  const [event] = await eventsOf([complianceItem({ firstfailedrun: 42, run: 42 })]);
  expect(event.type_name).toBe('Compliance Finding: Create');
  expect(event.type_uid).toBe(200301);
});

test('a waived failure is suppressed, and its compliance status still Fail', async () => {
  const [event] = await eventsOf([complianceItem({ waiver: WAIVER })]);
  expect(event).toMatchObject({ status: 'Suppressed', comment: WAIVER.why, compliance: { status: 'Fail' } });
  const [passed] = await eventsOf([complianceItem({ waiver: WAIVER, status: 'pass' })]);
  expect(passed.status).toBe('Resolved');
});

test.each([
  ['', 'Unknown', 0],
  ['Low', 'Low', 2],
  ['critical', 'Critical', 5],
  ['unknown', 'Unknown', 0],
  ['urgent', 'urgent', 99],
])('level %j is severity %s', async (level, severity, severity_id) => {
  const [event] = await eventsOf([complianceItem({ level })]);
  expect(event).toMatchObject({ severity, severity_id });
});

test('an undecided item has its reason as the detail of its status', async () => {
  const [event] = await eventsOf([undecidedItem('agent has no module pkg')]);
  expect(event.status_detail).toBe('agent has no module pkg');
  expect(event.compliance.status_details).toEqual(['agent has no module pkg']);
  const [decided] = await eventsOf([complianceItem()]);
  expect(decided).not.toHaveProperty('status_detail');
});

test('a script is no address', async () => {
  const [event] = await eventsOf([complianceItem({ url: 'javascript:alert(1)' })]);
  expect(event.finding_info.src_url).toBeUndefined();
});

test('without items there are no events', async () => {
  expect(await eventsOf([], sweepReport({ run: null }))).toEqual([]);
});
