import { MigError } from '../../contract/errors.ts';
import { ALL_PERMISSIONS } from '../../contract/permissions.ts';
import { inTransaction, type Pool } from '../../platform/postgres/pool.ts';
import { recordBootstrap } from '../../platform/postgres/queries/audit.ts';
import {
  type Administrator,
  lockAdministrators,
} from '../../platform/postgres/queries/first-administrator.ts';
import { createInvestigator } from '../../platform/postgres/queries/investigators.ts';
import { checkNewKey } from './create-investigator.ts';

interface FirstAdministrator {
  name: string;
  /** Armored. */
  publickey: string;
  /** The user of the operating system, for the audit trail: nothing proves the name. */
  actor: string;
  nowMs: number;
}

const MIN_NAME = 3;
const MAX_NAME = 1024;

/**
 * Makes the first administrator, with every permission. Does nothing when the owner of the key is an administrator already,
 * and throws `conflict` when somebody else is.
 */
export async function makeFirstAdministrator(
  pool: Pool,
  { name, publickey, actor, nowMs }: FirstAdministrator,
): Promise<Administrator & { isNew: boolean }> {
  checkName(name);
  const fingerprint = await checkNewKey(publickey, nowMs);
  return inTransaction(pool, async (db) => {
    const present = await lockAdministrators(db, fingerprint);
    if (present?.pgpfingerprint === fingerprint) return { ...present, isNew: false };
    if (present !== undefined)
      throw new MigError(
        'conflict',
        `there is an administrator already: ${present.name} (${present.pgpfingerprint}), who can add others: mig investigators create`,
      );
    const id = await createInvestigator(db, { name, fingerprint, publickey, permissions: ALL_PERMISSIONS });
    if (id === undefined)
      throw new MigError(
        'conflict',
        `an investigator with key ${fingerprint} exists, but is no active administrator: use another key`,
      );
    await recordBootstrap(db, { id, actor, detail: { name, fingerprint } });
    return { id, name, pgpfingerprint: fingerprint, isNew: true };
  });
}

function checkName(name: string): void {
  if (name.length >= MIN_NAME && name.length <= MAX_NAME && !/[\p{Cc}\p{Cf}]/u.test(name)) return;
  throw new MigError(
    'usage',
    `--name must have ${MIN_NAME} to ${MAX_NAME} characters, and no control or invisible ones`,
  );
}
