import type { Client } from '@temporalio/client';
import type { AuditKind } from '../contract/audit.ts';
import type { Background } from '../platform/async/background.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import type { CallerRow } from '../platform/postgres/queries/investigators.ts';
import type { LoaderRow } from '../platform/postgres/queries/loaders.ts';
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
  /** Only for searches, so that a client that reads slowly does not occupy a connection of other requests. */
  searchPool: Pool;
  /** Each target runs in a session of its own. */
  targets: TargetSessions;
  targetPlans: TargetPlans;
  temporal: Client;
  /** What Temporal is told after an answer. */
  background: Background;
  progress: ProgressFeed;
  loadKeyring: KeyringLoader;
  rights: RightsReader;
  counters: CountersReader;
  admission: Admission;
  refusals: RefusalAudit;
  log: Logger;
  now: () => number;
}

/** The subject of a change, for the audit trail. The object is set once it is known. */
interface AuditSubject {
  kind: AuditKind;
  objectId?: number;
}

export interface ApiEnv {
  Variables: {
    /** The full address of this request, which the envelope repeats. */
    href: string;
    requestId: string;
    log: Logger;
    /** The caller that the token or session names. Routes read it with `investigatorOf`. */
    investigator?: CallerRow;
    /** Whether the caller is proven: the token was not used for another request. */
    isProven?: boolean;
    /** The loader whose key the request has, in a route for loaders. */
    loader?: LoaderRow;
    /** The body, once it has been received. */
    body?: Buffer;
    audit?: AuditSubject;
  };
}
