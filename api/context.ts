import type { Client } from '@temporalio/client';
import type { AuditKind } from '../contract/audit.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import type { InvestigatorRow } from '../platform/postgres/queries/investigators.ts';
import type { TargetSessions } from '../platform/postgres/queries/targets.ts';
import type { TargetPlans } from './actions/target-plans.ts';
import type { RefusalAudit } from './audit/refusal-audit.ts';
import type { KeyringLoader } from './auth/keyring.ts';
import type { RightsReader } from './auth/rights.ts';
import type { ApiConfig } from './config.ts';
import type { Admission } from './limits/admission.ts';
import type { CountersReader } from './progress/counters.ts';
import type { ProgressFeed } from './progress/progress-feed.ts';

export interface ApiDeps {
  config: ApiConfig;
  pool: Pool;
  /** For searches alone: a client that reads slowly holds a connection, and none that others need. */
  searchPool: Pool;
  /** Where targets run: a session for each. */
  targets: TargetSessions;
  targetPlans: TargetPlans;
  temporal: Client;
  progress: ProgressFeed;
  loadKeyring: KeyringLoader;
  rights: RightsReader;
  counters: CountersReader;
  admission: Admission;
  refusals: RefusalAudit;
  log: Logger;
  now: () => number;
}

/** What a request that changes something is in the audit trail; the object is set once it is known. */
interface AuditSubject {
  kind: AuditKind;
  objectId?: number;
}

export interface ApiEnv {
  Variables: {
    /** The full address of this request, as the envelope repeats it. */
    href: string;
    requestId: string;
    log: Logger;
    /** Who asks, as far as the token or the session says: `api/http/caller.ts` gives routes theirs. */
    investigator?: InvestigatorRow;
    /** Whether it is certain: nobody sends the token of another request again. */
    isProven?: boolean;
    /** Of requests that have one, once it has arrived. */
    body?: Buffer;
    audit?: AuditSubject;
  };
}
