import { heartbeatOf } from '../../dev/simulation/agent/heartbeat.ts';
import { type ApiCase, form, makeMany, nextSerial, recordOf } from './api-case.ts';
import { type CaseRig, disableInvestigators, makeInvestigators, newInvestigator } from './case-rig.ts';

export function sessionCases({ api }: CaseRig): ApiCase[] {
  return [
    {
      route: 'openSession',
      what: 'open a session',
      prepare: (count) => makeMany(count, async () => ({ path: '/session/' })),
    },
    {
      route: 'closeSession',
      what: 'close a session',
      prepare: (count) =>
        makeMany(count, async () => {
          const { token } = recordOf(await api.send('/session/', { method: 'POST' }));
          return { path: '/session/', credentials: { Authorization: `Bearer ${token}` } };
        }),
    },
  ];
}

export function agentCases({ testbed: { db } }: CaseRig): ApiCase[] {
  return [
    {
      route: 'postHeartbeat',
      what: 'heartbeat of a known agent by HTTP',
      async prepare(count) {
        const { rows } = await db.query<{ queueloc: string; pid: number; version: string }>(
          `SELECT queueloc, pid, version
           FROM agents
           WHERE name LIKE 'bench-%'
           ORDER BY random()
           LIMIT $1`,
          [count],
        );
        return rows.map((row) => ({
          path: '/heartbeat',
          contentType: 'application/json',
          credentials: {},
          body: httpHeartbeat(row),
        }));
      },
    },
    {
      route: 'removeAgent',
      what: 'remove an endpoint',
      async prepare(count) {
        const queuelocs = Array.from({ length: count }, () => `linux.gone-${nextSerial()}.bench`);
        await db.query(
          `INSERT INTO agents (name, queueloc, mode, version, pid, heartbeattime, refreshtime, status, environment, tags)
           SELECT 'gone', queueloc, 'daemon', '1', 1, now(), now(), 'offline', '{}', '{}'
           FROM unnest($1::text[]) AS gone (queueloc)`,
          [queuelocs],
        );
        return queuelocs.map((queueloc) => form('/agent/remove/', { queueloc }));
      },
    },
  ];
}

/** The shape that agents of MIG post, which names tags and the queue in another way than the relay's. */
function httpHeartbeat(agent: { queueloc: string; pid: number; version: string }): string {
  const { tags: _, ...heartbeat } = JSON.parse(heartbeatOf(agent, agent).body);
  return JSON.stringify({ ...heartbeat, tags: [{ name: 'operator', value: 'simulation' }] });
}

export function investigatorCases(rig: CaseRig): ApiCase[] {
  return [
    {
      route: 'createInvestigator',
      what: 'create an investigator',
      async prepare(count) {
        await disableInvestigators(rig.testbed);
        return makeMany(count, async () => (await newInvestigator()).request);
      },
    },
    {
      route: 'updateInvestigator',
      what: 'disable an investigator',
      async prepare(count) {
        const made = await makeInvestigators(rig, count);
        return made.map(({ id }) => form('/investigator/update/', { id: String(id), status: 'disabled' }));
      },
    },
  ];
}
