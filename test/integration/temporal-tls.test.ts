import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig as loadApiConfig } from '../../api/config.ts';
import { startApi } from '../../api/start-api.ts';
import { createApiCaller, postAction } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { makeCertificates } from '../../dev/stack/services/certificates.ts';
import { createResources } from '../../platform/async/resources.ts';
import { connectionOptions, createTemporalClient } from '../../platform/temporal/client.ts';
import { loadConfig } from '../../worker/config.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { log, openAgents, openPlatform, type Platform, waitForEnd, workerEnv } from '../setup/platform.ts';
import { openTlsGate, serverTls } from '../setup/tls-gate.ts';

/** A loopback address that the certificate does not name. */
const OTHER_HOST = '127.0.0.2';

const resources = createResources();
const folder = mkdtempSync(join(tmpdir(), 'mig-temporal-tls-'));
const file = (name: string) => join(folder, name);
let platform: Platform;
let gate: Awaited<ReturnType<typeof openTlsGate>>;
/** The ways to reach Temporal through the gate. */
let tls: Record<string, string>;

beforeAll(async () => {
  await makeCertificates(folder);
  await makeCertificates(file('stranger'));
  writeFileSync(file('api.key'), 'secret-api-key\n', { mode: 0o600 });
  platform = resources.use(await openPlatform({ worker: false }));
  const [host = '', port = ''] = platform.slot.services.temporal.address.split(':');
  const open = () => connect(Number(port), host);
  gate = resources.use(await openTlsGate({ certificates: folder, host: OTHER_HOST, open }));
  tls = {
    TEMPORAL_ADDRESS: `${OTHER_HOST}:${gate.port}`,
    TEMPORAL_TLS_CA_FILE: file('ca.crt'),
    TEMPORAL_TLS_CERT_FILE: file('client.crt'),
    TEMPORAL_TLS_KEY_FILE: file('client.key'),
    TEMPORAL_TLS_SERVER_NAME: 'localhost',
  };
});
afterAll(async () => {
  await resources[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Connects to Temporal as the worker does with these further variables. */
const temporalOf = (env: Record<string, string>) => loadConfig({ ...workerEnv(platform), ...env }).temporal;

test('worker, API and migrate reach a Temporal that demands a client certificate', async () => {
  const config = { ...platform.workerConfig, temporal: temporalOf(tls) };
  await using _worker = await startWorker({ config, log });
  await using _agents = await openAgents(platform, { count: 2 });
  const apiEnv = {
    ...workerEnv(platform),
    ...tls,
    MIG_POSTGRES_URL: platform.slot.urlOf('migapi', platform.slot.name),
    MIG_POSTGRES_TARGET_URL: platform.slot.urlOf('migsearch', platform.slot.name),
  };
  await using api = await startApi({ config: { ...loadApiConfig({ ...apiEnv, MIG_API_PORT: '0' }) }, log });
  const before = gate.accepted();
  const id = await postAction(await createApiCaller(api.url, platform.people.bob), {
    target: `status='online'`,
  });
  expect((await waitForEnd(platform, id)).status).toBe('completed');
  expect(gate.accepted()).toBeGreaterThan(before);

  const env = {
    ...process.env,
    ...apiEnv,
    MIG_POSTGRES_URL: platform.slot.urlOf('migadmin', platform.slot.name),
  };
  const migrate = spawn(process.execPath, ['--import', 'tsx', 'worker/migrate.ts'], { env, cwd: ROOT });
  const [printed, , [code]] = await Promise.all([
    text(migrate.stdout),
    text(migrate.stderr),
    once(migrate, 'exit'),
  ]);
  expect(printed).toContain('the search attributes are registered');
  expect(code).toBe(0);
});

test.each([
  ['without a client certificate', { TEMPORAL_TLS_CERT_FILE: '', TEMPORAL_TLS_KEY_FILE: '' }],
  [
    'with another CA’s certificate',
    { TEMPORAL_TLS_CERT_FILE: 'stranger/client.crt', TEMPORAL_TLS_KEY_FILE: 'stranger/client.key' },
  ],
  ['when the server is not of our CA', { TEMPORAL_TLS_CA_FILE: 'stranger/ca.crt' }],
  ['when the server has another name', { TEMPORAL_TLS_SERVER_NAME: 'elsewhere' }],
  ['when the address is not in its certificate', { TEMPORAL_TLS_SERVER_NAME: '' }],
])('no request goes through %s', async (_case, changes) => {
  const paths = Object.entries(changes).map(([name, value]) => [
    name,
    value.includes('/') ? file(value) : value,
  ]);
  const temporal = temporalOf({ ...tls, ...Object.fromEntries(paths) });
  const client = createTemporalClient(temporal);
  const asked = client.client.withDeadline(Date.now() + 3_000, () =>
    client.client.workflowService.getSystemInfo({}),
  );
  await expect(asked).rejects.toThrow();
  await client.close();
  await expect(NativeConnection.connect(connectionOptions(temporal))).rejects.toThrow();
});

test('the API key travels with every request of client and worker, over TLS', async () => {
  const seen: (string | undefined)[] = [];
  const server = createSecureServer(serverTls(folder), (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '16' });
    response.end();
  });
  server.listen(0, OTHER_HOST);
  await once(server, 'listening');
  resources.defer(() => server.close());
  const address = `${OTHER_HOST}:${(server.address() as AddressInfo).port}`;
  const temporal = temporalOf({ ...tls, TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY_FILE: file('api.key') });
  const client = createTemporalClient(temporal);
  await expect(client.client.workflowService.getSystemInfo({})).rejects.toThrow();
  await client.close();
  const fromClient = seen.length;
  expect(fromClient).toBeGreaterThan(0);
  await expect(NativeConnection.connect(connectionOptions(temporal))).rejects.toThrow();
  expect(seen.length).toBeGreaterThan(fromClient);
  expect(new Set(seen)).toEqual(new Set(['Bearer secret-api-key']));
});

test.each(['TEMPORAL_TLS_KEY_FILE', 'TEMPORAL_API_KEY_FILE'])(
  'a file for %s that others can read is refused',
  (name) => {
    const secret = file('shared.key');
    writeFileSync(secret, 'secret-api-key');
    chmodSync(secret, 0o640);
    expect(() => temporalOf({ ...tls, [name]: secret })).toThrow(/shared\.key.*0600/);
  },
);
