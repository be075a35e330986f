import { createHash } from 'node:crypto';
import {
  type Action,
  moduleNames,
  type Operation,
  parseAction,
  parseNewAction,
} from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { operationsJson, signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { checkParametersInSteps, moduleInterface } from '../../modules/registry.ts';
import { verifySignatures } from '../../platform/openpgp/verify.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import {
  type ActionRow,
  actionById,
  actionRecord,
  insertAction,
} from '../../platform/postgres/queries/actions.ts';
import type { AuditEntry } from '../../platform/postgres/queries/audit.ts';
import { isModuleOfSomeAgent } from '../../platform/postgres/queries/dashboard.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import type { AuditCaller } from '../audit/audit-request.ts';
import { logAudit } from '../audit/log-audit.ts';
import { loadKeyring } from '../auth/authenticate.ts';
import type { ApiDeps } from '../context.ts';
import { inTurns } from './in-turns.ts';

/**
 * Takes an action in: validates, verifies, plans the target, and stores it with its signatures in one transaction
 * that ends only after the signatures were verified again on the row as read back. Any refusal leaves nothing behind.
 */
export async function acceptAction(
  deps: ApiDeps,
  { text, caller, idempotencyKey }: { text: string; caller: AuditCaller; idempotencyKey: string | undefined },
): Promise<{ row: ActionRow; fingerprints: string[]; modules: string[] }> {
  const action = parseNewAction(text);
  checkAction(action, deps.now());
  const { keyring, investigators } = await loadKeyring(deps.pool);
  const verify = (candidate: Action) =>
    verifySignatures(signedTexts(candidate), candidate.pgpsignatures, { keyring, nowMs: deps.now() });
  const fingerprints = await verify(action);
  // Nobody without a good signature has patterns compiled or a target planned.
  await checkModules(deps, action);
  await checkTarget(action.target);
  await deps.targetPlans.check(action.target);

  const bodyDigest = createHash('sha256').update(text).digest();
  const signers = investigators.filter(({ pgpfingerprint }) => fingerprints.includes(pgpfingerprint));
  const audit = auditOf(action, { caller, signers, bodyDigest });
  const { row, isNew } = await inTransaction(deps.pool, async (db) => {
    const stored = await insertAction(db, {
      ...action,
      description: encodeJson(action.description),
      threat: encodeJson(action.threat),
      operations: operationsJson(action.operations),
      signatures: action.pgpsignatures.map((signature, index) => ({
        signature,
        investigatorId: signerOf(investigators, fingerprints[index]).id,
      })),
      postedBy: caller.investigatorId,
      idempotencyKey,
      bodyDigest,
      audit,
    });
    if (!stored.isSameBody) {
      throw new MigError('conflict', 'Idempotency-Key: was used before with another action');
    }
    const readBack = await actionById(db, stored.id);
    if (!readBack) throw new MigError('internal', 'the stored action could not be read back');
    await verify(parseAction(encodeJson(actionRecord(readBack))));
    return { row: readBack, isNew: stored.isNew };
  });
  if (isNew)
    logAudit(
      deps.log,
      audit.map((entry) => ({ ...entry, objectId: row.id })),
    );
  return { row, fingerprints, modules: moduleNames(action) };
}

function signerOf(
  investigators: readonly InvestigatorRow[],
  fingerprint: string | undefined,
): InvestigatorRow {
  const signer = investigators.find(({ pgpfingerprint }) => pgpfingerprint === fingerprint);
  if (!signer) throw new MigError('internal', 'a verified signature has no investigator');
  return signer;
}

/** The action as its poster's, and a countersignature of everybody else who signed it. */
function auditOf(
  action: Action,
  { caller, signers, bodyDigest }: { caller: AuditCaller; signers: InvestigatorRow[]; bodyDigest: Buffer },
): AuditEntry[] {
  const detail = {
    name: action.name,
    target: action.target,
    modules: moduleNames(action),
    signers: signers.map(({ pgpfingerprint }) => pgpfingerprint),
    digest: bodyDigest.toString('hex'),
  };
  const others = signers.filter(({ id }) => id !== caller.investigatorId);
  return [
    { ...caller, kind: 'action', outcome: 'done', detail },
    ...others.map(({ id, name, pgpfingerprint }) => ({
      kind: 'countersignature' as const,
      outcome: 'done' as const,
      isProven: true,
      investigatorId: id,
      fingerprint: pgpfingerprint,
      actor: name,
      address: caller.address,
      requestId: caller.requestId,
      detail: { postedby: caller.fingerprint },
    })),
  ];
}

/** Refuses a module that neither we nor any agent has, and parameters that our module would refuse anyway. */
async function checkModules({ pool }: ApiDeps, action: Action): Promise<void> {
  const upgrade = action.operations.findIndex(({ module }) => module === 'upgrade');
  if (upgrade >= 0 && (action.operations.length > 1 || action.operations[upgrade]?.is_compressed)) {
    throw new MigError(
      'parameters_invalid',
      `operations.${upgrade}: an upgrade must be the only operation of its action, and not compressed`,
    );
  }
  for (const module of new Set(action.operations.map((operation) => operation.module))) {
    if (moduleInterface(module) !== undefined || (await isModuleOfSomeAgent(pool, module))) continue;
    const index = action.operations.findIndex((operation) => operation.module === module);
    throw new MigError(
      'module_unknown',
      `operations.${index}.module: neither the platform nor any agent has a module '${module}'`,
    );
  }
  const problem = await inTurns(findProblemInSteps(action.operations));
  if (problem !== undefined) throw new MigError('parameters_invalid', problem);
}

function* findProblemInSteps(operations: readonly Operation[]): Generator<void, string | undefined> {
  for (const [index, { module, parameters, is_compressed }] of operations.entries()) {
    if (moduleInterface(module) === undefined) continue;
    const problem = is_compressed
      ? compressedProblem(parameters)
      : yield* checkParametersInSteps(module, parameters);
    if (problem !== undefined) return `operations.${index}.parameters: ${problem}`;
    yield;
  }
  return undefined;
}

function compressedProblem(parameters: unknown): string | undefined {
  return typeof parameters === 'string' ? undefined : 'Compressed parameter was not a string';
}
