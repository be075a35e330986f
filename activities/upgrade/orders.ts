import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { operationsJson, signedText } from '../../contract/rules/signed-text.ts';
import { stepAfter } from '../../contract/rules/upgrade-protocol.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { investigatorByFingerprint } from '../../platform/postgres/queries/investigators.ts';
import { advanceUpgrades, markDestroyed } from '../../platform/postgres/queries/upgrades/advance.ts';
import { type FollowUp, followUpsAt } from '../../platform/postgres/queries/upgrades/commands.ts';
import {
  type FollowUpAction,
  followUpTarget,
  insertFollowUps,
} from '../../platform/postgres/queries/upgrades/follow-ups.ts';
import type { ActivityDeps, OfAction } from '../deps.ts';
import { sendStep, takeAnswers } from './commanded-step.ts';
import { decideAfterCheck, decideAfterKill, decideAfterRemoval } from './decide.ts';

const VALID_BEFORE_MS = 60_000;
/** MIG's scheduler gives them the same time. */
const VALID_FOR_MS = 30 * 60_000;

// The orders that the platform issues after an upgrade: kill, check, remove. Each is signed with the scheduler's key, to
// which the agents' ACL allows nothing else. Everything comes from the records in Postgres, so an attacker in Temporal can
// name an upgrade and nothing more.

export function sendKills(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return issueOrders(deps, actionId, {
    from: 'duplicate found',
    ordersFor: (records) => records.map(killOf),
  });
}

export function takeKillAnswers(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return takeAnswers(deps, actionId, {
    step: 'kill sent',
    decide: decideAfterKill,
    afterwards: (db, changes) => {
      const killed = changes.filter(({ outcome }) => outcome === undefined);
      return markDestroyed(
        db,
        killed.map(({ commandid }) => commandid),
      );
    },
  });
}

export function sendChecks(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return issueOrders(deps, actionId, {
    from: 'kill acknowledged',
    ordersFor: (records) => [
      { what: 'Check agents', parameters: { operation: 'check' }, records, isForNewAgent: false },
    ],
  });
}

export function takeCheckAnswers(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return takeAnswers(deps, actionId, { step: 'check sent', decide: decideAfterCheck });
}

export function sendRemovals(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return issueOrders(deps, actionId, {
    from: 'one process found',
    ordersFor: removalsOf,
  });
}

export function takeRemovalAnswers(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return takeAnswers(deps, actionId, { step: 'removal sent', decide: decideAfterRemoval });
}

/** One operation of `agentdestroy` for some endpoints. */
interface Order {
  what: string;
  parameters: object;
  records: readonly FollowUp[];
  /** Sent to the new process's own queue, because the old one reads the endpoint's queue, too. */
  isForNewAgent: boolean;
}

function killOf(record: FollowUp): Order {
  const { oldpid: pid, oldversion: version, oldstarttime } = record;
  return {
    what: `Kill agent with PID ${pid}`,
    parameters: oldstarttime === null ? { pid, version } : { pid, version, starttime: oldstarttime },
    records: [record],
    isForNewAgent: true,
  };
}

function removalsOf(records: readonly FollowUp[]): Order[] {
  const versions = [...new Set(records.map(({ oldversion }) => oldversion))];
  return versions.map((version) => ({
    what: `Remove executable of agent ${version}`,
    parameters: { operation: 'remove', version },
    records: records.filter(({ oldversion }) => oldversion === version),
    isForNewAgent: false,
  }));
}

/** Signs and stores the orders for all endpoints at a step, advances their records, and publishes the commands. */
async function issueOrders(
  deps: ActivityDeps,
  upgradeId: number,
  {
    from,
    ordersFor,
  }: {
    from: 'duplicate found' | 'kill acknowledged' | 'one process found';
    ordersFor: (records: readonly FollowUp[]) => Order[];
  },
): Promise<void> {
  const to = stepAfter(from);
  await inTransaction(deps.pool, async (db) => {
    const records = await followUpsAt(db, upgradeId, from);
    if (records.length === 0) return;
    const signer = await requireSigner(deps);
    const signed = await Promise.all(ordersFor(records).map((order) => signOrder(signer, upgradeId, order)));
    const commandIds = await insertFollowUps(db, { upgradeId, signerId: signer.id }, signed);
    await advanceUpgrades(
      db,
      records.map(({ commandid, queueloc }) => ({
        commandid,
        step: to,
        stepcommandid: commandIds.get(queueloc),
      })),
    );
  });
  await sendStep(deps, upgradeId, to);
}

async function signOrder(
  signer: { sign: (text: string) => Promise<string> },
  upgradeId: number,
  { what, parameters, records, isForNewAgent }: Order,
): Promise<FollowUpAction> {
  const now = Date.now();
  // A repeated order needs another signed text, or the agent refuses it as a replay.
  const key = `${what} (upgrade ${upgradeId}, ${records[0]?.commandid}, ${now})`;
  const operations = [{ module: 'agentdestroy', parameters }];
  const only = records.length === 1 ? records[0] : undefined;
  const action = {
    name: key,
    target: followUpTarget(upgradeId, only?.queueloc),
    validfrom: timestampFromMillis(now - VALID_BEFORE_MS),
    expireafter: timestampFromMillis(now + VALID_FOR_MS),
    operations,
  };
  return {
    ...action,
    key,
    operations: operationsJson(operations),
    signature: await signer.sign(signedText(action)),
    commands: records.map(({ newagentid, queueloc, newpid }) => ({
      agentId: newagentid,
      queueloc,
      topid: isForNewAgent ? newpid : undefined,
    })),
  };
}

/** The scheduler as an investigator. Throws when its key is missing or inactive: no upgrade could be finished. */
export async function requireSigner({ pool, signer }: ActivityDeps) {
  if (!signer)
    throw new MigError('config_invalid', 'the worker has no scheduler key; set MIG_SCHEDULER_KEY_FILE');
  const investigator = await investigatorByFingerprint(pool, signer.fingerprint);
  if (investigator?.status !== 'active') {
    throw new MigError(
      'config_invalid',
      `no active investigator has the scheduler's key ${signer.fingerprint}`,
    );
  }
  return { id: investigator.id, sign: signer.sign };
}
