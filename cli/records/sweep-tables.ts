import { AnySweepView, ComplianceItem, type SweepRunView } from '../../contract/sweep/item.ts';
import { type Cell, recordTable } from '../terminal/record-table.ts';

/** The list of sweeps. What the platform cannot read of a sweep has no value. */
export const SWEEP_TABLE = recordTable('sweep', AnySweepView, [
  { name: 'name', kind: 'word', of: ({ name }) => name },
  { name: 'status', kind: 'word', of: statusOf },
  { name: 'schedule', kind: 'text', of: (sweep) => (isReadable(sweep) ? scheduleOf(sweep) : null) },
  { name: 'checks', kind: 'number', of: (sweep) => (isReadable(sweep) ? sweep.checks : null) },
  { name: 'signeduntil', title: 'signed until', kind: 'time', of: ({ signeduntil }) => signeduntil },
  { name: 'lastrun', title: 'last run', kind: 'time', of: ofRun(({ plannedat }) => plannedat) },
  { name: 'laststate', title: 'it was', kind: 'word', of: ofRun(stateOf) },
  { name: 'id', kind: 'id', isExtra: true, of: ({ id }) => id },
  {
    name: 'signedruns',
    title: 'signed runs',
    kind: 'number',
    isExtra: true,
    of: (sweep) => sweep.signedruns,
  },
  { name: 'lastrunid', title: 'run id', kind: 'id', isExtra: true, of: ofRun(({ id }) => id) },
  { name: 'targeted', kind: 'number', isExtra: true, of: ofRun(({ targeted }) => targeted) },
  { name: 'answered', kind: 'number', isExtra: true, of: ofRun(({ answered }) => answered) },
  { name: 'reason', kind: 'text', isExtra: true, of: ofRun(({ reason }) => reason) },
  { name: 'target', kind: 'text', isExtra: true, of: (sweep) => (isReadable(sweep) ? sweep.target : null) },
]);

/** Items of a sweep. The columns have the names that exports give them. */
export const ITEM_TABLE = recordTable('item', ComplianceItem, [
  { name: 'agent', kind: 'text', of: ({ agent }) => agent },
  { name: 'check', kind: 'word', of: ({ check }) => check },
  { name: 'status', kind: 'word', of: shownStatus },
  { name: 'level', kind: 'word', of: ({ level }) => level || null },
  { name: 'since', kind: 'time', of: ({ since, verdict, status }) => (verdict === status ? since : null) },
  { name: 'reason', kind: 'text', of: ({ reason, waiver }) => reason ?? waiver?.why ?? null },
  { name: 'queueloc', kind: 'text', isExtra: true, of: ({ queueloc }) => queueloc },
  { name: 'title', kind: 'text', isExtra: true, of: ({ title }) => title },
  { name: 'reference', kind: 'text', isExtra: true, of: ({ reference }) => reference || null },
  {
    name: 'waiverby',
    title: 'waived by',
    kind: 'text',
    isExtra: true,
    of: ({ waiver }) => waiver?.by ?? null,
  },
  {
    name: 'waiveruntil',
    title: 'waived until',
    kind: 'time',
    isExtra: true,
    of: ({ waiver }) => waiver?.until ?? null,
  },
  {
    name: 'firstfailedrun',
    title: 'failed since run',
    kind: 'id',
    isExtra: true,
    of: ({ firstfailedrun }) => firstfailedrun,
  },
  { name: 'run', kind: 'id', isExtra: true, of: ({ run }) => run },
  { name: 'checkedat', title: 'checked', kind: 'time', isExtra: true, of: ({ checkedat }) => checkedat },
]);

/** `waived(fail)` is a failure that somebody accepted. */
export function shownStatus({ status, waiver }: ComplianceItem): string {
  return waiver === null ? status : `waived(${status})`;
}

type ReadableSweep = Extract<AnySweepView, { unreadable: null }>;

function isReadable(sweep: AnySweepView): sweep is ReadableSweep {
  return sweep.unreadable === null;
}

function statusOf({ paused, unreadable }: AnySweepView): string {
  if (unreadable !== null) return paused ? 'unreadable (paused)' : 'unreadable';
  return paused ? 'paused' : 'active';
}

function scheduleOf({ schedule, timezone }: ReadableSweep): string {
  return `${schedule.join(' and ')} ${timezone}`;
}

function stateOf({ state, paused }: SweepRunView): string {
  return `${state}${paused ? ' (paused)' : ''}`;
}

/** What the last run says; null before the first one. */
function ofRun(of: (run: SweepRunView) => Cell): (sweep: AnySweepView) => Cell {
  return ({ lastrun }) => (lastrun === null ? null : of(lastrun));
}
