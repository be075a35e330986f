import { cpSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { writeAgentConfig } from '../../dev/stack/agents.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';
import { agentSpec, hostileAgent, runAgent } from '../setup/agent-process.ts';
import { openLoaderEndpoint, publish } from '../setup/loader-endpoint.ts';
import { type LoaderRig, openLoaderRig } from '../setup/loaders.ts';

// The real executable, of 120 MB, goes through the API to a machine.

const resources = createResources();
let rig: LoaderRig;

beforeAll(async () => {
  rig = await openLoaderRig({ worker: true });
  resources.use(rig.platform);
});
afterAll(() => resources[Symbol.asyncDispose]());

test('a machine with nothing but the loader gets the agent as a service, and the platform sees it', async () => {
  const endpoint = await openLoaderEndpoint(rig, { settings: ['startwait = "60s"'] });
  const executable = inject('agentExecutable');
  const spec = agentSpec(rig.platform.slot, 'by-loader', {
    settings: { logging: ['mode = file', `file = "${endpoint.path('agent.log')}"`] },
  });
  const { config } = writeAgentConfig(spec);
  await publish(rig, endpoint, {
    'mig-agent': readFileSync(executable),
    configuration: readFileSync(config),
  });
  // The service is written to a copy of /etc that only these processes see.
  const etc = endpoint.path('copy-of-etc');
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
  const script = 'mount --bind "$1" /etc && shift && exec "$@"';
  const inNamespace = (...command: string[]) =>
    runAgent('unshare', ['-m', 'sh', '-c', script, 'sh', etc, ...command]);
  try {
    const { code, stdout, stderr } = await inNamespace(executable, 'loader', '-f', endpoint.config);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/installed .*sbin\/mig-agent\nrestarted the agent\n$/);
    expect(readFileSync(join(etc, 'init.d', 'mig-agent'), 'utf8')).toContain(endpoint.path('sbin/mig-agent'));
    await waitFor('the agent in the records', async () => {
      const { rows } = await rig.platform.pool.query(
        `SELECT queueloc FROM agents WHERE name = $1 AND status = 'online'`,
        [spec.name],
      );
      return rows.length === 1;
    });
  } finally {
    await runAgent(endpoint.path('sbin/mig-agent'), [
      '-c',
      endpoint.path('etc/mig/mig-agent.cfg'),
      '-q',
      'shutdown',
    ]);
  }
});

test('the loader replaces itself by another build, which goes on with its work', async () => {
  const endpoint = await openLoaderEndpoint(rig);
  const own = endpoint.path('sbin/mig-loader');
  mkdirSync(endpoint.path('sbin'), { recursive: true });
  linkSync(inject('agentExecutable'), own);
  const next = readFileSync(hostileAgent());
  await publish(rig, endpoint, { 'mig-loader': next });
  expect(await runAgent(own, ['-f', endpoint.config, '-q'])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(own).equals(next)).toBe(true);
  expect(await runAgent(own, ['-check', '-f', endpoint.config])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/nothing would be replaced\n$/),
  });
  rmSync(own);
});
