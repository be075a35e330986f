import { parseRelayHeartbeat } from '../contract/heartbeat.ts';
import { QUEUE_HEARTBEATS } from '../contract/names.ts';
import { TIME_ZERO } from '../contract/times.ts';
import { probeTransaction } from '../platform/postgres/pool.ts';
import { recordHeartbeats } from '../platform/postgres/queries/agents/heartbeats.ts';
import { type WrongClock, wrongClockOf } from './clocks.ts';
import type { ActivityDeps } from './deps.ts';
import { reject, rejectionOf } from './rejections.ts';
import { storeBatch } from './store-batch.ts';

/** A harmless row for the probe, which is rolled back. */
const PROBE = {
  name: 'probe',
  queueloc: 'probe.0',
  mode: 'daemon' as const,
  version: '',
  pid: 0,
  starttime: TIME_ZERO,
  refreshts: TIME_ZERO,
  os: undefined,
  environment: { isproxied: false, aws: {} },
  tags: {},
  sentAt: TIME_ZERO,
  aheadMs: 0,
  isLate: false,
  isLast: false,
  capabilities: [],
};

/** What the collector does next for the endpoints of a batch. */
export interface StoredHeartbeats {
  queuelocs: string[];
  /** Endpoints with a new process. */
  withNewProcess: string[];
  /** Endpoints that may be running a cancelled command. */
  withCancelled: string[];
  wrongClocks: WrongClock[];
}

/** Stores good heartbeats and records bad ones. */
export async function storeHeartbeats(
  deps: Pick<ActivityDeps, 'pool' | 'log'> & { heartbeatMaxAgeMs: number },
  bodies: readonly Buffer[],
): Promise<StoredHeartbeats> {
  const now = Date.now();
  const stored = await storeBatch(bodies, {
    toRow: (body) => parseRelayHeartbeat(body, { nowMs: now, maxAgeMs: deps.heartbeatMaxAgeMs }),
    store: async (heartbeats) => ({
      ...(await recordHeartbeats(deps.pool, heartbeats)),
      queuelocs: heartbeats.map(({ queueloc }) => queueloc),
      wrongClocks: heartbeats.flatMap((heartbeat) => wrongClockOf(heartbeat, now) ?? []),
    }),
    probe: () => probeTransaction(deps.pool, (db) => recordHeartbeats(db, [PROBE])),
    refuse: (refused) =>
      reject(
        deps,
        refused.map(({ error }) => ({
          ...rejectionOf(error, { queue: QUEUE_HEARTBEATS, code: 'heartbeat_invalid' }),
          code: 'heartbeat_invalid',
        })),
      ),
  });
  return {
    queuelocs: stored.flatMap(({ queuelocs }) => queuelocs),
    withNewProcess: stored.flatMap(({ withNewProcess }) => withNewProcess),
    withCancelled: stored.flatMap(({ withCancelled }) => withCancelled),
    wrongClocks: stored.flatMap(({ wrongClocks }) => wrongClocks),
  };
}
