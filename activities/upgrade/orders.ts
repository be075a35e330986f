import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { operationsJson, signedText } from '../../contract/rules/signed-text.ts';
import type { UpgradeStep } from '../../contract/rules/upgrade-steps.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { type FollowUpAction, insertFollowUps } from '../../platform/postgres/queries/follow-ups.ts';
import { investigatorByFingerprint } from '../../platform/postgres/queries/investigators.ts';
import {
  type FollowUp,
  followUpsAt,
  markDestroyed,
  moveUpgrades,
} from '../../platform/postgres/queries/upgrades.ts';
import type { ActivityDeps } from '../deps.ts';
import { afterCheck, afterKill, afterRemoval } from './answers.ts';
import { sendStep, takeAnswers, upgradeStep } from './step.ts';

const VALID_BEFORE_MS = 60_000;
/** As long as the old scheduler gave them. */
const VALID_FOR_MS = 30 * 60_000;

/**
 * What the platform itself orders after an upgrade: kill, check, remove. It is signed here with the scheduler's key, which
 * the agents' ACL lets do this and nothing else, and derived from the records in Postgres alone: whoever reaches Temporal
 * can name an upgrade, nothing more.
 */
export function createUpgradeOrders(deps: ActivityDeps) {
  return {
    sendKills: upgradeStep(deps, async ({ actionId }) => {
      await follow(deps, actionId, {
        from: 'duplicate found',
        to: 'kill sent',
        column: 'killid',
        actions: (records) => records.map(killOf),
      });
    }),

    takeKillAnswers: takeAnswers(
      deps,
      { step: 'kill sent', column: 'killid' },
      {
        decide: afterKill,
        after: (db, moves) =>
          markDestroyed(
            db,
            moves.filter(({ outcome }) => outcome === undefined).map(({ commandid }) => commandid),
          ),
      },
    ),

    sendChecks: upgradeStep(deps, async ({ actionId }) => {
      await follow(deps, actionId, {
        from: 'kill acknowledged',
        to: 'check sent',
        column: 'checkid',
        actions: (records) => [
          { what: 'Check agents', parameters: { operation: 'check' }, records, isForNewAgent: false },
        ],
      });
    }),

    takeCheckAnswers: takeAnswers(deps, { step: 'check sent', column: 'checkid' }, { decide: afterCheck }),

    sendRemovals: upgradeStep(deps, async ({ actionId }) => {
      await follow(deps, actionId, {
        from: 'one process found',
        to: 'removal sent',
        column: 'removeid',
        actions: removalsOf,
      });
    }),

    takeRemovalAnswers: takeAnswers(
      deps,
      { step: 'removal sent', column: 'removeid' },
      { decide: afterRemoval },
    ),
  };
}

/** One operation of `agentdestroy` for some endpoints. */
interface Order {
  what: string;
  parameters: object;
  records: readonly FollowUp[];
  /** To the new agent's own queue: the endpoint's is read by the old one, too. */
  isForNewAgent: boolean;
}

function killOf(record: FollowUp): Order {
  const { oldpid: pid, oldversion: version, oldstarttime } = record;
  return {
    what: `Kill agent with PID ${pid}`,
    parameters: { pid, version, ...(oldstarttime === null ? {} : { starttime: oldstarttime }) },
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

/** Signs and stores what is to be done on all endpoints that are ready for it, moves them on, and sends it. */
async function follow(
  deps: ActivityDeps,
  upgradeId: number,
  {
    from,
    to,
    column,
    actions,
  }: {
    from: UpgradeStep;
    to: UpgradeStep;
    column: 'killid' | 'checkid' | 'removeid';
    actions: (records: readonly FollowUp[]) => Order[];
  },
): Promise<void> {
  await inTransaction(deps.pool, async (db) => {
    const records = await followUpsAt(db, upgradeId, from);
    if (records.length === 0) return;
    const signer = await signerOf(deps);
    const signed = await Promise.all(actions(records).map((order) => signOrder(signer, upgradeId, order)));
    const ids = await insertFollowUps(db, { upgradeId, signerId: signer.id }, signed);
    await moveUpgrades(
      db,
      records.map(({ commandid, queueloc }) => ({ commandid, step: to, [column]: ids.get(queueloc) })),
    );
  });
  await sendStep(deps, upgradeId, { step: to, column });
}

async function signOrder(
  signer: { sign: (text: string) => Promise<string> },
  upgradeId: number,
  { what, parameters, records, isForNewAgent }: Order,
): Promise<FollowUpAction> {
  const now = Date.now();
  // The same order to the same endpoint another time must be another signed text, or the agent takes it for a replay.
  const key = `${what} (upgrade ${upgradeId}, ${records[0]?.commandid}, ${now})`;
  const operations = [{ module: 'agentdestroy', parameters }];
  const only = records.length === 1 ? records[0] : undefined;
  const action = {
    name: key,
    target: only
      ? `queueloc = '${only.queueloc}'`
      : `queueloc IN (SELECT queueloc FROM commands WHERE actionid = ${upgradeId})`,
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

/** The scheduler as an investigator; without its key, or when it is not active, no upgrade can be finished. */
export async function signerOf({ pool, signer }: ActivityDeps) {
  if (!signer)
    throw new MigError('config_invalid', 'the worker has no scheduler key: MIG_SCHEDULER_KEY_FILE');
  const investigator = await investigatorByFingerprint(pool, signer.fingerprint);
  if (investigator?.status !== 'active') {
    throw new MigError(
      'config_invalid',
      `the scheduler's key ${signer.fingerprint} is no active investigator's`,
    );
  }
  return { id: investigator.id, sign: signer.sign };
}
