import { MigError } from '../../contract/errors.ts';
import { parseField } from '../../contract/parse-field.ts';
import { parseNewSweep, type Sweep } from '../../contract/sweep/document.ts';
import { planOfSigned, requireSameOperations } from '../../contract/sweep/plan.ts';
import { PartOperations, parseOperations, Signatures } from '../../contract/sweep/requests.ts';
import { insertSweep, type SweepRow } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { checkOperations } from '../actions/check-operations.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { signersOf } from './verify-document.ts';

interface PostedSweep {
  document: string;
  /** JSON text. */
  signatures: string;
  /** JSON text. */
  operations: string;
  caller: AuditCaller;
}

/** Accepts a signed sweep: verifies it, its target, its checks, and that the operations are those of the checks. */
export async function createSweep(deps: ApiDeps, posted: PostedSweep): Promise<SweepRow> {
  const sweep = parseNewSweep(posted.document);
  const signatures = parseField('signatures', Signatures, posted.signatures);
  const operations = parseField('operations', PartOperations, posted.operations);
  const signers = await signersOf(deps, [posted.document], signatures);
  // Patterns are compiled and targets planned only for senders with a good signature.
  await checkPlan(deps, sweep, operations);
  await checkTarget(sweep.target);
  await deps.targetPlans.check(sweep.target);
  const { name } = sweep;
  return auditedChange(deps, async (db) => {
    const result = await insertSweep(db, {
      name,
      document: posted.document,
      signatures: JSON.stringify(signatures),
      operations: JSON.stringify(operations),
      createdby: posted.caller.investigatorId,
    });
    const detail = {
      name,
      checks: sweep.checks.length,
      signers: signers.map((signer) => signer.pgpfingerprint),
    };
    return {
      result,
      entry: { ...posted.caller, kind: 'sweep_created', outcome: 'done', objectId: result.id, detail },
    };
  });
}

async function checkPlan(deps: ApiDeps, sweep: Sweep, operations: readonly string[]): Promise<void> {
  const parts = planOfSigned(sweep.checks, operations);
  if (parts.length === 0) {
    throw new MigError(
      'parameter_invalid',
      'checks: none of them asks anything, so the sweep would never run',
    );
  }
  if (operations.length !== parts.length) {
    throw new MigError(
      'conflict',
      `operations: ${operations.length} actions were planned, ${parts.length} are needed: use the mig of this version`,
    );
  }
  for (const [index, part] of parts.entries()) {
    await checkOperations(deps, part.operations);
    requireSameOperations(parseOperations(operations[index] ?? ''), part.operations);
  }
}
