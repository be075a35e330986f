import { ALL_PERMISSIONS, DEFAULT_PERMISSIONS } from '../../contract/permissions.ts';
import { createPool } from '../../platform/postgres/pool.ts';
import { createInvestigator } from '../../platform/postgres/queries/investigators.ts';
import { type KeyFiles, loadKeyFiles } from './keys.ts';

/** The people of the ACL example in the concepts document, and the platform's own key. */
export interface People {
  /** Weight 2, every permission. */
  bob: KeyFiles;
  /** Weight 1: not enough alone where the ACL demands 2. */
  john: KeyFiles;
  scheduler: KeyFiles;
}

export async function loadPeople(folder: string): Promise<People> {
  const [bob, john, scheduler] = await Promise.all([
    loadKeyFiles(folder, { id: 'bob', name: 'Bob Kelso' }),
    loadKeyFiles(folder, { id: 'john', name: 'John Smith' }),
    loadKeyFiles(folder, { id: 'migscheduler', name: 'migscheduler' }),
  ]);
  return { bob, john, scheduler };
}

/** Creates an investigator for each of them, unless it exists. */
export async function seedInvestigators(adminUrl: string, people: People): Promise<void> {
  const pool = createPool({ url: adminUrl, name: 'mig seed', max: 1 });
  const permissions = { bob: ALL_PERMISSIONS, john: DEFAULT_PERMISSIONS, scheduler: 0 };
  try {
    for (const [role, mask] of Object.entries(permissions)) {
      const { name, fingerprint, publicKey } = people[role as keyof People];
      await createInvestigator(pool, { name, fingerprint, publickey: publicKey, permissions: mask });
    }
  } finally {
    await pool.end();
  }
}

/** The ACL of the development agents: the example of the concepts document, applied to every module. */
export function demoAcl({ bob, john, scheduler }: People): unknown {
  return {
    default: {
      minimumweight: 2,
      investigators: {
        'Bob Kelso': { fingerprint: bob.fingerprint, weight: 2 },
        'John Smith': { fingerprint: john.fingerprint, weight: 1 },
      },
    },
    agentdestroy: {
      minimumweight: 1,
      investigators: { scheduler: { fingerprint: scheduler.fingerprint, weight: 1 } },
    },
  };
}
