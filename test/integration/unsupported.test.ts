import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.ts';
import { publishCommands } from '../../activities/publish-commands.ts';
import { AGENT_CAPABILITIES } from '../../contract/capabilities.ts';
import { needsOf } from '../../contract/rules/agent-needs.ts';
import { FILE_OPERATION, postAction } from '../../dev/api-caller.ts';
import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { clearPublished, unpublishedPage } from '../../platform/postgres/queries/commands/commands.ts';
import { endUnsupported } from '../../platform/postgres/queries/commands/unsupported.ts';
import { resolveIntoCommands } from '../../platform/postgres/queries/targets.ts';
import {
  commandsByStatus,
  log,
  openAgents,
  openPlatform,
  openSlot,
  type Platform,
  type Slot,
  waitForEnd,
} from '../setup/platform.ts';

const [SEARCH] = Object.values(FILE_OPERATION.parameters.searches);
const BY_OWNER = { module: 'file', parameters: { searches: { s1: { ...SEARCH, owners: ['root'] } } } };

interface Endpoint {
  name: string;
  modules?: string[];
  capabilities?: readonly string[];
  pid?: number;
  status?: string;
}

async function insertEndpoint(db: Slot['admin'], endpoint: Endpoint): Promise<void> {
  const { name, modules, capabilities = [], pid = 1, status = 'online' } = endpoint;
  await db.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags,
       capabilities)
     VALUES ($1::text, 'linux.' || $1::text || '.1', 'daemon', '1', $2, now(), now(), now(), $3, $4, '{}', $5)
     ON CONFLICT (queueloc, pid) DO UPDATE
     SET
       status = excluded.status,
       environment = excluded.environment,
       capabilities = excluded.capabilities`,
    [name, pid, status, JSON.stringify({ os: 'linux', modules }), capabilities],
  );
}

interface StoredCommand {
  name: string;
  status: string;
  error: string | null;
  published: boolean;
}

async function commandsOf(db: Slot['admin'], actionId: number): Promise<StoredCommand[]> {
  const { rows } = await db.query<StoredCommand>(
    `SELECT
       a.name,
       c.status,
       c.results -> 0 -> 'errors' ->> 0 AS error,
       c.publishedat IS NOT NULL AS published
     FROM commands c
     JOIN agents a ON a.id = c.agentid
     WHERE c.actionid = $1
     ORDER BY a.name`,
    [actionId],
  );
  return rows;
}

const refused = (name: string, missing: string): StoredCommand => ({
  name,
  status: 'failed',
  error: `unsupported: the agent has not announced ${missing}`,
  published: false,
});

const BY_ATTRIBUTES = 'file-attributes (searches by owner, group, permissions, ctime or birth time)';

describe('an action in a fleet of MIG’s agents and ours', () => {
  test('reaches only the agents that announced its additions, and all are accounted for', async () => {
    await using platform = await openPlatform();
    await using ours = await openAgents(platform, { count: 2, prefix: 'ours' });
    await using migs = await openAgents(platform, { count: 3, prefix: 'migs', capabilities: [] });
    const id = await postAction(platform.api, { operations: [BY_OWNER] });
    expect((await waitForEnd(platform, id)).status).toBe('completed');
    expect(await commandsByStatus(platform, id)).toEqual({ success: 2, failed: 3 });
    expect(ours.ledger.size).toBe(2);
    expect(migs.ledger.size).toBe(0);
    const stored = await commandsOf(platform.pool, id);
    expect(stored.slice(0, 3)).toEqual(
      ['migs-0', 'migs-1', 'migs-2'].map((name) => refused(name, BY_ATTRIBUTES)),
    );

    const plain = await postAction(platform.api);
    expect((await waitForEnd(platform, plain)).status).toBe('completed');
    expect(await commandsByStatus(platform, plain)).toEqual({ success: 5 });
  });

  test('ends at once when no agent can run it, and looks into compressed parameters', async () => {
    await using platform = await openPlatform();
    await using migs = await openAgents(platform, { count: 3, prefix: 'migs', capabilities: [] });
    const compressed = {
      module: 'file',
      parameters: gzipSync(JSON.stringify(BY_OWNER.parameters)).toString('base64'),
      is_compressed: true,
    };
    const seven = Array.from({ length: 7 }, () => FILE_OPERATION);
    for (const operations of [[BY_OWNER], [compressed], seven]) {
      const id = await postAction(platform.api, { operations });
      expect((await waitForEnd(platform, id, 20_000)).status).toBe('completed');
      expect(await commandsByStatus(platform, id)).toEqual({ failed: 3 });
    }
    expect(migs.ledger.size).toBe(0);
  });

  test('is decided again when a waiting command can be sent, by what the endpoint announces then', async () => {
    await using platform = await openPlatform();
    const relay = platform.use(await openRelayClient(platform.slot, 'agent'));
    for (const name of ['replaced', 'stays']) {
      await insertEndpoint(platform.pool, { name, modules: ['file'], capabilities: AGENT_CAPABILITIES });
    }
    // No queue exists yet: the relay returns both commands.
    const id = await postAction(platform.api, { operations: [BY_OWNER] });
    await waitFor('the return of both', async () => {
      const { rows } = await platform.pool.query(
        'SELECT FROM commands WHERE actionid = $1 AND returnedat IS NOT NULL',
        [id],
      );
      return rows.length === 2;
    });
    for (const name of ['replaced', 'stays']) {
      const queue = `mig.agt.linux.${name}.1`;
      await relay.channel.assertQueue(queue, { durable: true });
      await relay.channel.bindQueue(queue, 'toagents', queue);
      await relay.publish(heartbeat(name, name === 'stays' ? AGENT_CAPABILITIES : undefined));
    }
    await waitFor('both decisions', async () => {
      const stored = await commandsOf(platform.pool, id);
      return stored.every(({ status, published }) => status === 'failed' || published);
    });
    expect(await commandsOf(platform.pool, id)).toEqual([
      refused('replaced', BY_ATTRIBUTES),
      { name: 'stays', status: 'sent', error: null, published: true },
    ]);
    expect((await relay.channel.checkQueue('mig.agt.linux.replaced.1')).messageCount).toBe(0);
    expect((await relay.channel.checkQueue('mig.agt.linux.stays.1')).messageCount).toBe(1);
  });
});

function heartbeat(name: string, capabilities: readonly string[] | undefined) {
  const now = new Date().toISOString();
  return {
    exchange: 'toschedulers',
    routingKey: 'mig.agt.heartbeats',
    body: JSON.stringify({
      name,
      queueloc: `linux.${name}.1`,
      mode: 'daemon',
      pid: 1,
      heartbeatts: now,
      refreshts: now,
      environment: { os: 'linux', modules: ['file'] },
      capabilities,
    }),
  };
}

/** Stores an action for all endpoints, and its commands. */
async function storeCommands(db: Slot['admin'], operations: readonly object[]): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES ('gate', $$status IN ('online', 'offline')$$, '{}', '{}', $1, now(), now() + interval '1 hour', 'inflight', 2, '[]')
     RETURNING id`,
    [JSON.stringify(operations)],
  );
  const id = rows[0]?.id ?? 0;
  await resolveIntoCommands(db, { actionId: id, namesStatus: true });
  return id;
}

async function refuse(db: Slot['admin'], operations: readonly { module: string; parameters: unknown }[]) {
  const actionId = await storeCommands(db, operations);
  await endUnsupported(db, { actionId, shard: 0, shards: 1 }, needsOf(operations));
  return commandsOf(db, actionId);
}

const waiting = (name: string): StoredCommand => ({ name, status: 'sent', error: null, published: false });

describe('whether an endpoint can run an action', () => {
  test('depends on its list of modules, and without a list on the oldest modules', async () => {
    await using slot = await openSlot();
    await insertEndpoint(slot.admin, { name: 'a-listed', modules: ['file', 'pkg'] });
    await insertEndpoint(slot.admin, { name: 'b-absent' });
    await insertEndpoint(slot.admin, { name: 'c-empty', modules: [] });
    await insertEndpoint(slot.admin, { name: 'd-other', modules: ['netstat'] });
    const pkg = { module: 'pkg', parameters: {} };
    expect(await refuse(slot.admin, [FILE_OPERATION, pkg])).toEqual([
      waiting('a-listed'),
      refused('b-absent', 'the module pkg'),
      refused('c-empty', 'the module pkg'),
      refused('d-other', 'the module file, the module pkg'),
    ]);
  });

  test('depends on all of its live processes, and on its last one when it is offline', async () => {
    await using slot = await openSlot();
    const ours = { modules: ['file'], capabilities: AGENT_CAPABILITIES };
    const mig = { modules: ['file'] };
    await insertEndpoint(slot.admin, { name: 'a-twins', pid: 1, ...mig });
    await insertEndpoint(slot.admin, { name: 'a-twins', pid: 2, ...ours });
    await insertEndpoint(slot.admin, { name: 'b-upgraded', pid: 1, status: 'upgraded', ...mig });
    await insertEndpoint(slot.admin, { name: 'b-upgraded', pid: 2, ...ours });
    await insertEndpoint(slot.admin, { name: 'c-away', status: 'offline', ...ours });
    await insertEndpoint(slot.admin, { name: 'd-away', status: 'offline', ...mig });
    expect(await refuse(slot.admin, [BY_OWNER])).toEqual([
      refused('a-twins', BY_ATTRIBUTES),
      waiting('b-upgraded'),
      waiting('c-away'),
      refused('d-away', BY_ATTRIBUTES),
    ]);
  });

  test('is asked before any command leaves, on whatever way it came to be published', async () => {
    await using platform = await openPlatform({ worker: false });
    const deps = depsOf(platform, () => Promise.reject(new Error('published')));
    await insertEndpoint(platform.pool, { name: 'mig', modules: ['file'] });
    const actionId = await storeCommands(platform.pool, [BY_OWNER]);
    const page = await unpublishedPage(platform.pool, { actionId, shard: 0, shards: 1, after: 0, limit: 9 });
    expect(page).toHaveLength(1);
    await publishCommands(deps, page, 'bulk');
    expect(await commandsOf(platform.pool, actionId)).toEqual([refused('mig', BY_ATTRIBUTES)]);
    // Another worker has read the same page, and the relay is rebuilt.
    await publishCommands(deps, page, 'bulk');
    expect(await clearPublished(platform.pool)).toBe(0);
    expect(await commandsOf(platform.pool, actionId)).toEqual([refused('mig', BY_ATTRIBUTES)]);
  });
});

function depsOf({ pool }: Platform, publish: () => Promise<never>): ActivityDeps {
  const deps = { pool, log, publisher: async () => ({ publish }), checkpoint: () => {} };
  return deps as unknown as ActivityDeps;
}
