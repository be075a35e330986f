import { createHash } from 'node:crypto';
import { type Action, parseAction } from '../../contract/action.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { hasPermission } from '../../contract/permissions.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { isExpired, SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { requireSameOperations } from '../../contract/sweep/plan.ts';
import { requireWindow } from '../../contract/sweep/run-actions.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { verifySignatures } from '../../platform/openpgp/verify.ts';
import { inTransaction, type Pool } from '../../platform/postgres/pool.ts';
import { insertAction, notifyActions } from '../../platform/postgres/queries/actions/actions.ts';
import { type InvestigatorRow, requireSigner } from '../../platform/postgres/queries/investigators.ts';
import { actionsOfRun, insertRunAction } from '../../platform/postgres/queries/sweeps/run-actions.ts';
import { markRunning, type SweepRunRow } from '../../platform/postgres/queries/sweeps/runs.ts';
import { type SignedPart, signedParts } from '../../platform/postgres/queries/sweeps/signed.ts';
import type { ActivityDeps } from '../deps.ts';
import { loadActiveKeyring } from '../keyring.ts';
import { loadPlan, type OfRun, type RunPlan, requireRun } from './load.ts';

type LaunchDeps = Pick<ActivityDeps, 'pool' | 'log' | 'workflows'>;

/**
 * Turns the signed parts of a run into actions, once, and starts their workflows. Does nothing until all parts are signed.
 * `refusal`: why no endpoint can be asked, such as a key that was revoked since.
 */
export async function launchSweepRun(
  deps: LaunchDeps,
  { runId }: OfRun,
): Promise<{ isLaunched: boolean; refusal: string | null }> {
  const { pool } = deps;
  const run = await requireRun(pool, runId);
  const plan = await loadPlan(pool, run);
  if (plan instanceof MigError) return { isLaunched: false, refusal: plan.message };
  // All parts are launched in one transaction, perhaps by another version with another plan.
  if (run.actions.length > 0) return { isLaunched: true, refusal: null };
  const signed = await signedParts(pool, run);
  if (signed.length === 0) return { isLaunched: false, refusal: null };
  let actions: SignedAction[];
  try {
    actions = await readParts(pool, { run, plan, signed });
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return { isLaunched: false, refusal: error.message };
  }
  await inTransaction(pool, async (db) => {
    for (const [part, action] of actions.entries()) {
      const actionid = await storeAction(db, { run, part, action });
      await insertRunAction(db, { runid: runId, part, actionid });
    }
    await markRunning(db, runId);
  });
  const ids = (await actionsOfRun(pool, runId)).map(({ actionid }) => actionid);
  await notifyActions(pool, ids);
  await Promise.all(ids.map((id) => startAction(deps, id)));
  return { isLaunched: true, refusal: null };
}

/** The reconciler starts what is not started here. */
async function startAction({ workflows, log }: LaunchDeps, actionId: number): Promise<void> {
  try {
    await workflows.startAction(actionId);
  } catch (error) {
    log.warn({ actionId, error: errorMessage(error) }, 'workflow not started');
  }
}

interface SignedAction {
  action: Action;
  /** As signed, byte for byte. */
  operations: string;
  signatures: { signature: string; signer: InvestigatorRow }[];
  postedby: number;
}

/** Verifies every part again: since it was signed a key may have lost its right, or the row been altered. */
async function readParts(
  pool: Pool,
  { run, plan, signed }: { run: SweepRunRow; plan: RunPlan; signed: readonly SignedPart[] },
): Promise<SignedAction[]> {
  const { keyring, investigators } = await loadActiveKeyring(pool);
  const stored = JSON.parse(plan.row.operations) as string[];
  const actions: SignedAction[] = [];
  if (signed.length !== plan.parts.length) {
    const planned = countOf(plan.parts.length, 'action');
    throw new MigError(
      'conflict',
      `this version plans ${planned} for the checks of the sweep, and ${signed.length} were signed: create it again`,
    );
  }
  for (const [index, part] of signed.entries()) {
    const operations = part.operations ?? stored[part.part];
    const planned = plan.parts[part.part];
    if (part.part !== index || operations === undefined || planned === undefined) {
      throw new MigError('conflict', `the plan of the run has no action ${part.part + 1}`);
    }
    const action = actionOf(part, { target: run.target ?? plan.sweep.target, operations });
    if (isExpired(action.expireafter, Date.now())) {
      throw new MigError('action_expired', `the signed window of the run was over at ${action.expireafter}`);
    }
    requireWindow(action, { plannedat: run.plannedat, validity: plan.sweep.validity });
    requireSameOperations(action.operations, planned.operations);
    const fingerprints = await verifySignatures(signedTexts(action), action.pgpsignatures, {
      keyring,
      nowMs: Date.now(),
    });
    const signatures = action.pgpsignatures.map((signature, place) => ({
      signature,
      signer: requireSignerOfRun(investigators, fingerprints[place]),
    }));
    actions.push({ action, operations, signatures, postedby: part.postedby });
  }
  return actions;
}

/** The investigator who made a verified signature; throws `forbidden` without the right to sign runs. */
function requireSignerOfRun(
  investigators: readonly InvestigatorRow[],
  fingerprint: string | undefined,
): InvestigatorRow {
  const signer = requireSigner(investigators, fingerprint);
  if (hasPermission(signer.permissions, 'action_create')) return signer;
  throw new MigError(
    'forbidden',
    `${signer.name} (${signer.pgpfingerprint}), who signed the run, has no permission action_create any more`,
  );
}

function actionOf(part: SignedPart, { target, operations }: { target: string; operations: string }): Action {
  return parseAction(
    JSON.stringify({
      name: part.name,
      target,
      validfrom: part.validfrom,
      expireafter: part.expireafter,
      operations: JSON.parse(operations) as unknown,
      pgpsignatures: JSON.parse(part.signatures) as unknown,
      syntaxversion: SYNTAX_VERSION,
    }),
  );
}

async function storeAction(
  db: Parameters<typeof insertAction>[0],
  { run, part, action: signed }: { run: SweepRunRow; part: number; action: SignedAction },
): Promise<number> {
  const { action, operations, signatures, postedby } = signed;
  const { id } = await insertAction(db, {
    ...action,
    description: JSON.stringify({ author: signatures.map(({ signer }) => signer.name).join(', ') }),
    threat: JSON.stringify({ family: 'compliance' }),
    operations,
    signatures: signatures.map(({ signature, signer }) => ({ signature, investigatorId: signer.id })),
    postedBy: postedby,
    idempotencyKey: `sweep-run-${run.id}-${part}`,
    bodyDigest: createHash('sha256').update(operations).digest(),
    audit: [],
  });
  return id;
}
