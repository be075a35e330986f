import { type Action, readAction } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction, SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { readStoredSweep } from '../../contract/sweep/document.ts';
import { planOfSigned, requireSameOperations } from '../../contract/sweep/plan.ts';
import {
  parseOperations,
  type RequestedRun,
  type SignedPart,
  type SignedRuns,
} from '../../contract/sweep/requests.ts';
import { requireWindow } from '../../contract/sweep/run-actions.ts';
import { countOf } from '../../contract/text/count-of.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { insertRun } from '../../platform/postgres/queries/sweeps/runs.ts';
import { unknownEndpoints } from '../../platform/postgres/queries/sweeps/search-items.ts';
import { insertSigned, type NewSignedPart } from '../../platform/postgres/queries/sweeps/signed.ts';
import type { SweepRow } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { namedEndpoints } from '../../platform/postgres/target/named-endpoints.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { requirePlanned } from './planned-times.ts';
import { requireSigners } from './verify-document.ts';

/** How far ahead of the API's clock a run for now may be planned. */
const MAX_AHEAD_MS = 10 * 60_000;

type Signers = Awaited<ReturnType<typeof requireSigners>>;

/** Verifies and stores runs that were signed ahead; returns their number. */
export async function signRuns(
  deps: ApiDeps,
  { row, runs, caller }: { row: SweepRow; runs: SignedRuns; caller: AuditCaller },
): Promise<number> {
  const { target, validity } = readStoredSweep(row);
  const operations = JSON.parse(row.operations) as string[];
  const signed: NewSignedPart[] = [];
  const allSigners: Signers = [];
  for (const { plannedat, parts } of runs) {
    requireAllParts(parts, operations.length);
    for (const [index, part] of parts.entries()) {
      requireWindow(part, { plannedat, validity });
      const signers = await verifyPart(deps, part, { target, operations: operations[index] ?? '' });
      allSigners.push(...signers);
      signed.push({ ...toRow(part, index, caller), operations: null, plannedat, signers: idsOf(signers) });
    }
  }
  await requirePlanned(
    deps,
    row,
    runs.map(({ plannedat }) => plannedat),
  );
  return auditedChange(deps, async (db) => {
    await insertSigned(db, { sweepid: row.id, kind: 'schedule' }, signed);
    const detail = {
      sweep: row.name,
      runs: runs.length,
      first: runs[0]?.plannedat,
      last: runs.at(-1)?.plannedat,
      signers: fingerprintsOf(allSigners),
    };
    return {
      result: runs.length,
      entry: { ...caller, kind: 'sweep_signed', outcome: 'done', objectId: row.id, detail },
    };
  });
}

/** Stores a run that an investigator asks for now, with its signed parts; returns its id. */
export async function requestRun(
  deps: ApiDeps,
  { row, run, caller }: { row: SweepRow; run: RequestedRun; caller: AuditCaller },
): Promise<number> {
  const sweep = readStoredSweep(row);
  const { kind, plannedat, checks, parts } = run;
  const target = run.target ?? sweep.target;
  const unknown = checks?.find((id) => !sweep.checks.some((check) => check.id === id));
  if (unknown !== undefined) throw new MigError('not_found', `checks: the sweep has no check '${unknown}'`);
  const chosen = sweep.checks.filter(({ id }) => checks === undefined || checks.includes(id));
  const plan = planOfSigned(
    chosen,
    parts.map(({ operations }) => operations),
  );
  if (plan.length === 0) throw new MigError('parameter_invalid', 'checks: none of them asks anything');
  if (unixMillis(plannedat) > deps.now() + MAX_AHEAD_MS) {
    throw new MigError('parameter_invalid', `plannedat: ${plannedat} is not now: check the clock`);
  }
  requireAllParts(parts, plan.length);
  const signed: NewSignedPart[] = [];
  const allSigners: Signers = [];
  for (const [index, part] of parts.entries()) {
    const { operations } = part;
    requireWindow(part, { plannedat, validity: sweep.validity });
    const signers = await verifyPart(deps, part, { target, operations });
    requireSameOperations(parseOperations(operations), plan[index]?.operations ?? []);
    allSigners.push(...signers);
    signed.push({ ...toRow(part, index, caller), operations, plannedat, signers: idsOf(signers) });
  }
  // Targets are planned only for senders with a good signature.
  await checkTarget(target);
  if (run.target !== undefined) await requireEndpoints(deps.pool, row, run.target);
  await deps.targetPlans.check(target);
  return auditedChange(deps, async (db) => {
    const id = await storeRun(db, { row, run });
    await insertSigned(db, { sweepid: row.id, kind }, signed);
    const detail = {
      sweep: row.name,
      kind,
      checks: chosen.length,
      target,
      signers: fingerprintsOf(allSigners),
    };
    return { result: id, entry: { ...caller, kind: 'sweep_run', outcome: 'done', objectId: id, detail } };
  });
}

/** Refuses endpoints that no run of the sweep has asked: what they answer must not become items of the sweep. */
async function requireEndpoints(db: Queryable, { id, name }: SweepRow, target: string): Promise<void> {
  const queuelocs = await namedEndpoints(target);
  if (queuelocs === undefined) {
    throw new MigError(
      'parameter_invalid',
      `target: must name endpoints of the sweep as queueloc='…' or queueloc IN ('…', '…'), not ${JSON.stringify(target.slice(0, 100))}`,
    );
  }
  const [unknown] = await unknownEndpoints(db, id, queuelocs);
  if (unknown === undefined) return;
  throw new MigError(
    'not_found',
    `target: the sweep '${name}' has asked no endpoint '${unknown.slice(0, 100)}'`,
  );
}

async function storeRun(db: Queryable, { row, run }: { row: SweepRow; run: RequestedRun }): Promise<number> {
  const { kind, plannedat, checks, target } = run;
  const { id, isNew } = await insertRun(db, {
    sweepid: row.id,
    kind,
    plannedat,
    state: 'awaiting signature',
    checks,
    target,
    workflowid: `sweep-${row.id}-${kind}-${plannedat}`,
  });
  if (!isNew) throw new MigError('conflict', 'the sweep has a run of this time already: try again');
  return id;
}

function requireAllParts(parts: readonly unknown[], count: number): void {
  if (parts.length === count) return;
  throw new MigError(
    'parameter_invalid',
    `parts: a run has ${countOf(count, 'action')}, and ${parts.length} were signed`,
  );
}

/** Returns the signers. */
async function verifyPart(
  deps: ApiDeps,
  part: SignedPart,
  { target, operations }: { target: string; operations: string },
): Promise<Signers> {
  const action: Action = readAction({
    name: part.name,
    target,
    validfrom: part.validfrom,
    expireafter: part.expireafter,
    operations: parseOperations(operations),
    pgpsignatures: part.signatures,
    syntaxversion: SYNTAX_VERSION,
  });
  checkAction(action, deps.now());
  return requireSigners(deps, signedTexts(action), action.pgpsignatures);
}

function fingerprintsOf(signers: Signers): string[] {
  return [...new Set(signers.map(({ pgpfingerprint }) => pgpfingerprint))];
}

function idsOf(signers: Signers): number[] {
  return signers.map(({ id }) => id);
}

function toRow({ name, validfrom, expireafter, signatures }: SignedPart, part: number, caller: AuditCaller) {
  return {
    part,
    name,
    validfrom,
    expireafter,
    signatures: JSON.stringify(signatures),
    postedby: caller.investigatorId,
  };
}
