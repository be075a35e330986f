import { readRow } from '../../platform/postgres/read-row.ts';
import type { RepeatedCase, RouteName } from './api-case.ts';
import type { CaseRig } from './case-rig.ts';

/** The cases that are compared with figures of MIG. */
export async function casesWithFigures({ testbed: { db }, actionId }: CaseRig): Promise<RepeatedCase[]> {
  const { command, agent } = await readRow<{ command: number; agent: number }>(db, {
    text: `SELECT
       min(id)::float8 AS command,
       min(agentid)::float8 AS agent
     FROM commands
     WHERE actionid = $1`,
    values: [actionId],
  });
  const target = encodeURIComponent(`name LIKE 'bench-99%'`);
  return [
    {
      ...read('search', 'search of 37 commands', `/search?type=command&actionid=${actionId}&limit=37`),
      mig: { perSecond: 8, aim: 20 },
    },
    {
      ...read('search', 'agents by target', `/search?type=agent&target=${target}&limit=37`),
      mig: { perSecond: 16, aim: 10 },
    },
    { ...read('getDashboard', 'dashboard', '/dashboard'), mig: { perSecond: 146, aim: 5 } },
    {
      ...read('getAction', 'one action', `/action?actionid=${actionId}`),
      mig: { perSecond: 340, aim: 1 },
    },
    {
      ...read('getCommand', 'one command', `/command?commandid=${command}`),
      mig: { perSecond: 1070, aim: 1 },
    },
    {
      ...read('getAgent', 'one agent', `/agent?agentid=${agent}`),
      mig: { perSecond: 1070, aim: 1 },
    },
  ];
}

export function readCases({ testbed: { stack }, actionId, upgradeId }: CaseRig): RepeatedCase[] {
  const target = encodeURIComponent(`name LIKE 'bench-%'`);
  return [
    read('search', 'actions by name', '/search?type=action&actionname=to%25&limit=37'),
    read('search', 'agents by name', '/search?type=agent&agentname=bench-99%25&limit=37'),
    read('search', 'investigators', '/search?type=investigator&limit=37'),
    read('countAgents', 'agents of a target', `/agent/count?target=${target}`),
    read('streamActionEvents', 'events of an action that has ended', `/action/events?actionid=${actionId}`),
    read('getUpgrade', 'an upgrade, its first 100 endpoints', `/upgrade?actionid=${upgradeId}`),
    read('listAudit', 'audit trail', '/audit?limit=37'),
    read('getInvestigator', 'one investigator', '/investigator?investigatorid=1'),
    read('getPublicKey', 'public key', `/publickey/${stack.investigator.fingerprint}`),
    read('listModules', 'modules', '/modules'),
    read('describeRoot', 'root', '/'),
    read('getHeartbeat', 'heartbeat page', '/heartbeat'),
    read('getIp', 'own address', '/ip'),
    read('getOpenApi', 'OpenAPI document', '/openapi.json'),
    read('getReference', 'reference page', '/reference'),
  ];
}

/** The sweep has an item of each agent and each check. */
export function sweepReadCases({ sweep: { id }, runId }: CaseRig): RepeatedCase[] {
  const until = encodeURIComponent(new Date(Date.now() + 366 * 86_400_000).toISOString());
  return [
    read('listSweeps', 'sweeps', '/sweep/list'),
    read('getSweep', 'one sweep with its report', `/sweep?sweepid=${id}`),
    read('listSweepRuns', 'runs of a sweep', `/sweep/runs?sweepid=${id}`),
    read('getSweepRun', 'one run of a sweep', `/sweep/run?sweepid=${id}&runid=${runId}`),
    read('listSweepTimes', 'planned times of a sweep', `/sweep/times?sweepid=${id}&until=${until}&limit=10`),
    read('listSweepItems', 'a page of 100 items', `/sweep/items?sweepid=${id}&limit=100`),
    read('listSweepItems', '100 items that flipped', `/sweep/items?sweepid=${id}&flipped=true&limit=100`),
    read('getSweepState', 'a sweep counted by check', `/sweep/state?sweepid=${id}`),
    read('listSweepEndpoints', 'endpoints of a sweep', `/sweep/endpoints?sweepid=${id}`),
    read('listSweepReasons', 'why items are undecided', `/sweep/reasons?sweepid=${id}`),
    read('listSweepFlips', 'flips of a sweep', `/sweep/flips?sweepid=${id}`),
  ];
}

export function read(route: RouteName, what: string, path: string): RepeatedCase {
  return { route, what, request: { path } };
}
