import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { actionWorkflowId } from '../../contract/names.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import { type ActionOverrides, type ApiCaller, createApiCaller, signedAction } from '../api-caller.ts';
import { dataFolder } from '../stack/services/postgres.ts';
import { down, type StackOptions, up } from '../stack/stack.ts';
import type { StackFile } from '../stack/stack-file.ts';
import { report } from '../terminal.ts';
import { waitFor } from '../wait-for.ts';

/** The whole stack in a temporary folder, with an investigator who posts actions: for benches, chaos and fuzzing. */
export interface Testbed extends Resources {
  home: string;
  stack: StackFile;
  db: pg.Pool;
  temporal: Client;
  api: ApiCaller;
  /** Headers with a fresh token of the investigator. */
  authorization(): Promise<Record<string, string>>;
  /** Returns an action signed by the investigator, as JSON text. */
  sign(action: TestbedAction): Promise<string>;
  /** Posts a signed action. Throws when the API does not accept it. */
  post(actionJson: string, idempotencyKey?: string): Promise<PostedAction>;
}

interface TestbedAction extends Pick<ActionOverrides, 'operations'> {
  name: string;
  target: string;
  expiresInMs?: number;
}

export interface PostedAction {
  id: number;
  /** When the request was sent, in milliseconds since 1970. */
  sentAt: number;
  /** How long its response took. */
  acceptedMs: number;
}

interface TestbedOptions {
  agents?: number;
  agent?: (home: string) => StackOptions['agent'];
  worker?: StackOptions['worker'];
}

export async function openTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const resources = createResources();
  const home = resources.use(openTemporaryHome()).folder;
  const starting = startStack(home, options);
  stopOnSignal({ starting, resources });
  const stack = await starting;
  const db = new pg.Pool({ connectionString: stack.postgres.url, max: 4 });
  db.on('error', () => {});
  resources.defer(() => db.end());
  const connection = await Connection.connect({ address: stack.temporal.address });
  resources.defer(() => connection.close());
  const api = await createApiCaller(stack.api.url, stack.investigator);
  const authorization = async () => ({ 'X-PGPAUTHORIZATION': await api.token() });
  return Object.assign(resources, {
    home,
    stack,
    db,
    api,
    authorization,
    temporal: new Client({ connection, namespace: stack.temporal.namespace }),
    sign: ({ expiresInMs = 600_000, ...action }: TestbedAction) =>
      signedAction([api.key], { ...action, expireAfterMs: Date.now() + expiresInMs }),
    post: async (actionJson: string, idempotencyKey?: string) => {
      const headers = {
        ...(await authorization()),
        ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      };
      return postAction(stack.api.url, { actionJson, headers });
    },
  });
}

/** Waits until `count` agents have answered the action. Returns when that was seen, in milliseconds since 1970. */
export async function waitForAnswers(
  { db }: Testbed,
  {
    actionId,
    count,
    timeoutMs = 300_000,
    everyMs = 20,
  }: { actionId: number; count: number; timeoutMs?: number; everyMs?: number },
): Promise<number> {
  const areAnswered = async () => {
    // The index of waiting commands answers this at its first entry: polling must not cost what it measures.
    const { isWaiting } = await readRow<{ isWaiting: boolean }>(db, {
      text: `SELECT EXISTS (
         SELECT FROM commands
         WHERE actionid = $1 AND status = 'sent'
       ) AS "isWaiting"`,
      values: [actionId],
    });
    if (isWaiting) return false;
    const answered = await readRow<{ count: number }>(db, {
      text: `SELECT count(*)::int AS count
       FROM commands
       WHERE actionid = $1 AND status = 'success'`,
      values: [actionId],
    });
    return answered.count >= count;
  };
  await waitFor(`answers to action ${actionId}`, areAnswered, { timeoutMs, everyMs });
  return performance.timeOrigin + performance.now();
}

/** Waits until the action is final. Returns its status. */
export function waitForFinalStatus(
  { db }: Testbed,
  { actionId, ...timing }: { actionId: number; timeoutMs: number; everyMs: number },
): Promise<string> {
  const finalStatus = async () => {
    const { status } = await readRow<{ status: string }>(db, {
      text: 'SELECT status FROM actions WHERE id = $1',
      values: [actionId],
    });
    return isFinalStatus(status) && status;
  };
  return waitFor(`the end of action ${actionId}`, finalStatus, timing);
}

export function isFinalStatus(status: string): boolean {
  return ['completed', 'invalid', 'cancelled'].includes(status);
}

/** Waits for the end of the action's workflow. Returns the number of events in its history. */
export async function countHistoryEvents({ temporal }: Testbed, actionId: number): Promise<number> {
  const handle = temporal.workflow.getHandle(actionWorkflowId(actionId));
  await handle.result();
  return (await handle.describe()).historyLength;
}

function openTemporaryHome(): { folder: string } & AsyncDisposable {
  const folder = mkdtempSync(join(tmpdir(), 'mig-test-'));
  return {
    folder,
    async [Symbol.asyncDispose]() {
      await down(folder);
      rmSync(dataFolder(folder), { recursive: true, force: true });
      // A process that was killed a moment ago may still write.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

function startStack(home: string, { agents = 0, agent, worker }: TestbedOptions): Promise<StackFile> {
  const agentOptions = agent?.(home);
  return up({
    home,
    agents,
    install: false,
    report,
    agent: agentOptions,
    worker,
  });
}

/** Ctrl-C leaves nothing running, not even a stack that was still starting. */
function stopOnSignal({
  starting,
  resources,
}: {
  starting: Promise<unknown>;
  resources: AsyncDisposable;
}): void {
  const stop = async () => {
    // Pending waits fail now. That must not end the process before everything is stopped.
    for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => {});
    await starting.catch(() => {});
    await resources[Symbol.asyncDispose]();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
}

async function postAction(
  apiUrl: string,
  { actionJson, headers }: { actionJson: string; headers: Record<string, string> },
): Promise<PostedAction> {
  const sentAt = performance.timeOrigin + performance.now();
  const response = await fetch(`${apiUrl}/action/create/`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ action: actionJson }).toString(),
  });
  const body = await response.text();
  const acceptedMs = performance.timeOrigin + performance.now() - sentAt;
  if (response.status !== 202) throw new Error(`the API answered ${response.status}: ${body}`);
  return { id: actionIdOf(body), sentAt, acceptedMs };
}

function actionIdOf(body: string): number {
  const { collection } = JSON.parse(body) as {
    collection: { items: { data: { value: { id: number } }[] }[] };
  };
  const id = collection.items[0]?.data[0]?.value.id;
  if (id === undefined) throw new Error(`no action in the answer: ${body}`);
  return id;
}
