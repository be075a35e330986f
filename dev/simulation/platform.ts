import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { PrivateKey } from 'openpgp';
import pg from 'pg';
import { encodeJson, RawJson } from '../../contract/go/json.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { actionWorkflowId } from '../../contract/names.ts';
import { operationsJson, signedText } from '../../contract/rules/signed-text.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import { readSigningKey, signText } from '../../platform/openpgp/sign.ts';
import { dataFolder } from '../stack/postgres.ts';
import { down, type StackFile, type StackOptions, up } from '../stack/stack.ts';
import { waitFor } from '../wait.ts';

/** The whole stack on this machine, with an investigator who asks it things. */
export interface BenchPlatform extends Resources {
  home: string;
  stack: StackFile;
  db: pg.Pool;
  temporal: Client;
  key: PrivateKey;
  /** Headers with a fresh token of the investigator. */
  authorization(): Promise<Record<string, string>>;
  /** An action of the investigator, signed, as JSON text. */
  sign(action: ActionToPost): Promise<string>;
  /** Posts a signed action; throws when it is not accepted. */
  post(text: string, idempotencyKey?: string): Promise<Posted>;
}

interface ActionToPost {
  name: string;
  target: string;
  expiresInMs?: number;
  /** A search for one file by default. */
  operations?: { module: string; parameters: unknown }[];
}

export interface Posted {
  id: number;
  /** Milliseconds since 1970 when the request was sent, and how long its answer took. */
  sentAt: number;
  acceptedMs: number;
}

const OPERATION = {
  module: 'file',
  parameters: {
    searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1, matchall: true } } },
  },
};

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export async function openBenchPlatform(
  options: {
    agents?: number;
    agent?: (home: string) => StackOptions['agent'];
    worker?: StackOptions['worker'];
  } = {},
): Promise<BenchPlatform> {
  const home = mkdtempSync(join(tmpdir(), 'mig-bench-'));
  const resources = createResources();
  resources.defer(() => {
    rmSync(dataFolder(home), { recursive: true, force: true });
    // What was killed a moment ago may still write.
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  resources.defer(() => down(home));
  const agent = options.agent?.(home);
  const starting = up({
    home,
    agents: options.agents ?? 0,
    install: false,
    say,
    ...(agent ? { agent } : {}),
    ...(options.worker ? { worker: options.worker } : {}),
  });
  // Ctrl-C leaves nothing running either, not even what was about to start.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      // What the bench was waiting for fails now: that must not end the process before everything is stopped.
      for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => {});
      await starting.catch(() => {});
      await resources[Symbol.asyncDispose]();
      process.exit(130);
    });
  }
  const stack = await starting;
  const db = new pg.Pool({ connectionString: stack.postgres.url, max: 4 });
  db.on('error', () => {});
  resources.defer(() => db.end());
  const connection = await Connection.connect({ address: stack.temporal.address });
  resources.defer(() => connection.close());
  const key = await readSigningKey(readFileSync(stack.investigator.privateKeyFile, 'utf8'));
  const authorization = async () => {
    const head = `1;${new Date().toISOString().replace(/\.\d+Z/, 'Z')};${randomInt(2 ** 40)}`;
    return { 'X-PGPAUTHORIZATION': `${head};${await signText(`${head}\n`, key)}` };
  };
  return Object.assign(resources, {
    home,
    stack,
    db,
    key,
    authorization,
    temporal: new Client({ connection, namespace: stack.temporal.namespace }),
    sign: (action: ActionToPost) => signed(action, key),
    async post(text: string, idempotencyKey?: string) {
      const body = new URLSearchParams({ action: text }).toString();
      const headers = {
        ...(await authorization()),
        'Content-Type': 'application/x-www-form-urlencoded',
        ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      };
      const sentAt = performance.timeOrigin + performance.now();
      const response = await fetch(`${stack.api.url}/action/create/`, { method: 'POST', headers, body });
      const answer = await response.text();
      const acceptedMs = performance.timeOrigin + performance.now() - sentAt;
      if (response.status !== 202) throw new Error(`the API answered ${response.status}: ${answer}`);
      const { collection } = JSON.parse(answer) as {
        collection: { items: { data: { value: { id: number } }[] }[] };
      };
      return { id: collection.items[0]?.data[0]?.value.id ?? 0, sentAt, acceptedMs };
    },
  });
}

async function signed(
  { name, target, expiresInMs = 600_000, operations = [OPERATION] }: ActionToPost,
  key: PrivateKey,
): Promise<string> {
  const action = {
    name,
    target,
    operations,
    syntaxversion: 2,
    validfrom: timestampFromMillis(Date.now() - 60_000),
    expireafter: timestampFromMillis(Date.now() + expiresInMs),
  };
  return encodeJson({
    ...action,
    operations: new RawJson(operationsJson(action.operations)),
    pgpsignatures: [await signText(signedText(action), key)],
  });
}

/** Waits until so many agents whose name begins so are registered. */
export async function whenRegistered({ db }: BenchPlatform, prefix: string, count: number): Promise<void> {
  await waitFor(
    `registration of ${count} agents`,
    async () => {
      const { rows } = await db.query(`SELECT count(*)::int AS count FROM agents WHERE name LIKE $1`, [
        `${prefix}-%`,
      ]);
      return rows[0].count >= count;
    },
    { timeoutMs: 900_000, everyMs: 200 },
  );
}

/** Milliseconds since 1970 at which the last answer of the action was committed, as Postgres tells it. */
export async function whenAnswered(
  { db }: BenchPlatform,
  { id }: Posted,
  { count, timeoutMs = 300_000, everyMs = 20 }: { count: number; timeoutMs?: number; everyMs?: number },
): Promise<number> {
  await waitFor(
    `answers to action ${id}`,
    async () => {
      // Found in the index of what waits at the first entry: looking must not cost what it measures.
      const { rows } = await db.query(
        `SELECT EXISTS (SELECT 1 FROM commands WHERE actionid = $1 AND status = 'sent') AS "isWaiting"`,
        [id],
      );
      if (rows[0].isWaiting) return false;
      const { rows: all } = await db.query(
        `SELECT count(*)::int AS count FROM commands WHERE actionid = $1 AND status = 'success'`,
        [id],
      );
      return all[0].count >= count;
    },
    { timeoutMs, everyMs },
  );
  return performance.timeOrigin + performance.now();
}

/** How many events the history of the action's workflow has, once it has ended. */
export async function historyEvents({ temporal }: BenchPlatform, actionId: number): Promise<number> {
  const handle = temporal.workflow.getHandle(actionWorkflowId(actionId));
  await handle.result();
  return (await handle.describe()).historyLength;
}
