import { MigError } from '../../contract/errors.ts';
import { readIfReadable, readStoredSweep, type Sweep } from '../../contract/sweep/document.ts';
import { describeCheck } from '../../contract/sweep/expected.ts';
import type {
  AnySweepView,
  ComplianceItem,
  SweepCheckView,
  SweepReport,
  SweepRunView,
  WaiverView,
} from '../../contract/sweep/item.ts';
import { VERSION } from '../../contract/version.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { endedRuns, lastRuns, type SweepRunRow } from '../../platform/postgres/queries/sweeps/runs.ts';
import type { ItemRow } from '../../platform/postgres/queries/sweeps/search-items.ts';
import { type LostSigner, lostSigners, signedUntil } from '../../platform/postgres/queries/sweeps/signed.ts';
import { type SweepRow, sweepById, sweepByName } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import type { WaiverRow } from '../../platform/postgres/queries/sweeps/waivers.ts';
import type { ApiDeps } from '../context.ts';
import { signersOf } from './verify-document.ts';

export interface LoadedSweep {
  row: SweepRow;
  sweep: Sweep;
}

/** How a request says which sweep it means. */
export interface SweepKey {
  sweepid?: number | undefined;
  name?: string | undefined;
}

/** A sweep with its document; throws `not_found`, or `sweep_unreadable`. */
export async function requireSweep(db: Queryable, by: SweepKey): Promise<LoadedSweep> {
  const row = await requireSweepRow(db, by);
  return { row, sweep: readStoredSweep(row) };
}

/**
 * The sweep that `sweepid` or `name` means, for requests that do not need its document; throws `not_found`. A deleted one
 * is found by its id alone.
 */
export async function requireSweepRow(db: Queryable, by: SweepKey): Promise<SweepRow> {
  if (by.name === undefined && by.sweepid === undefined) {
    throw new MigError('parameter_invalid', 'sweepid or name: one of them is needed');
  }
  const row =
    by.sweepid === undefined ? await sweepByName(db, by.name ?? '') : await sweepById(db, by.sweepid);
  if (row && by.name !== undefined && row.name !== by.name) {
    throw new MigError('parameter_invalid', `sweepid and name: sweep ${row.id} is not named '${by.name}'`);
  }
  if (row) return row;
  throw new MigError('not_found', `there is no sweep ${by.sweepid ?? `'${by.name}'`}`);
}

/** Sweeps as lists show them, however many by the same number of statements. */
export async function toSweepViews(db: Queryable, rows: readonly SweepRow[]): Promise<AnySweepView[]> {
  const ids = rows.map(({ id }) => id);
  const signed = await signedUntil(db, ids);
  const lost = await lostSigners(db, ids);
  const last = await lastRuns(db, ids);
  return rows.map((row) =>
    toSweepView(row, {
      signed: signed.get(row.id),
      lost: lost.filter(({ sweepid }) => sweepid === row.id),
      lastrun: last.get(row.id),
    }),
  );
}

/** One whose document cannot be read says so: it must not hide the others. */
function toSweepView(
  row: SweepRow,
  {
    signed,
    lost,
    lastrun,
  }: {
    signed: { until: string; runs: number } | undefined;
    lost: readonly LostSigner[];
    lastrun: SweepRunRow | undefined;
  },
): AnySweepView {
  const record = {
    id: row.id,
    name: row.name,
    paused: row.paused,
    createdat: row.createdat,
    signedruns: signed?.runs ?? 0,
    signeduntil: signed?.until ?? null,
    lostsigners: lost.map(toLostSigner),
    lastrun: lastrun === undefined ? null : toRunView(lastrun),
  };
  const sweep = readIfReadable(row);
  if (sweep instanceof MigError) {
    const unreadable = { code: 'sweep_unreadable', version: VERSION, message: sweep.message } as const;
    return { ...record, unreadable };
  }
  const { timezone, overlap, jitter, catchup } = sweep.schedule;
  return {
    ...record,
    description: sweep.description,
    target: sweep.target,
    schedule: sweep.cronExpressions,
    timezone,
    overlap,
    jitter,
    catchup,
    validity: sweep.validity,
    checks: sweep.checks.length,
    unreadable: null,
  };
}

function toLostSigner({ name, fingerprint, status, runs }: LostSigner): AnySweepView['lostsigners'][number] {
  const why =
    status === 'active' ? 'the signer lost the permission action_create' : `the investigator is ${status}`;
  return { name, fingerprint, runs, why };
}

export function toRunView(row: SweepRunRow): SweepRunView {
  const { id, plannedat, startedat, finishedat, kind, state, paused, reason } = row;
  const { targeted, answered, counts, bycheck, actions } = row;
  return {
    id,
    plannedat,
    startedat,
    finishedat,
    kind,
    state,
    paused,
    reason,
    targeted,
    answered,
    counts,
    bycheck,
    actions,
  };
}

/** Ids begin above it, so before the first run it matches no flip. */
const NO_RUN = 0;

/** The id of the run whose flips are the present ones: the last of all checks that has ended. */
export async function lastRunId(db: Queryable, sweepid: number): Promise<number> {
  const [last] = await endedRuns(db, sweepid, 1);
  return last?.id ?? NO_RUN;
}

/** The signed question, and the last run that has ended. No signers when one of their keys is no longer valid. */
export async function toReport(deps: ApiDeps, { row, sweep }: LoadedSweep): Promise<SweepReport> {
  const signatures = JSON.parse(row.signatures) as string[];
  const signers = await signersOf(deps, [row.document], signatures).catch((error: unknown) => {
    if (error instanceof MigError) return [];
    throw error;
  });
  const [run] = await endedRuns(deps.pool, row.id, 1);
  return {
    id: row.id,
    name: row.name,
    target: sweep.target,
    document: row.document,
    signatures,
    signers: signers.map(({ name, pgpfingerprint }) => ({ name, fingerprint: pgpfingerprint })),
    operations: JSON.parse(row.operations) as string[],
    checks: sweep.checks.map(describeCheck),
    run: run === undefined ? null : toRunView(run),
  };
}

/** Returns a function that completes stored items by what the signed document says of their checks. */
export function itemMapper({ sweep }: LoadedSweep): (row: ItemRow) => ComplianceItem {
  const byId = new Map<string, SweepCheckView>(sweep.checks.map((check) => [check.id, describeCheck(check)]));
  return (row) => {
    const {
      title = row.checkid,
      reference = '',
      level = '',
      url = '',
      expected = '',
    } = byId.get(row.checkid) ?? {};
    return {
      check: row.checkid,
      title,
      reference,
      level,
      url,
      expected,
      agent: row.agent,
      queueloc: row.queueloc,
      status: row.status as ComplianceItem['status'],
      reason: row.reason,
      waiver: row.waiver,
      verdict: row.verdict as ComplianceItem['verdict'],
      since: row.since,
      firstfailedrun: row.firstfailedrun,
      changedat: row.changedat,
      run: row.runid,
      checkedat: row.checkedat,
    };
  };
}

export function toWaiverView(row: WaiverRow): WaiverView {
  const { id, checkid, agents, endpoints, why, until, signer, fingerprint } = row;
  const { createdat, revokedat, document } = row;
  return {
    id,
    check: checkid,
    agents,
    endpoints,
    why,
    until,
    by: signer,
    fingerprint,
    createdat,
    revokedat,
    document,
    signatures: JSON.parse(row.signatures) as string[],
  };
}
