import { expect, inject, test } from 'vitest';
import { waitFor } from '../../../dev/wait-for.ts';
import { hostileAgent } from '../../setup/agent-process.ts';
import { openHttpRecorder } from '../../setup/http-recorder.ts';
import { openOfflineAgent } from '../../setup/offline-agent.ts';

test('alerts of other modules are posted with the facts of the agent, and are not in its log', async () => {
  await using server = await openHttpRecorder();
  await using agent = await openOfflineAgent({
    executable: hostileAgent(),
    modules: {
      dispatch: `[dispatch]\nhttpurl = "${server.url}/alerts"\n`,
      hostilepersist: '[hostile]\nbehaviour = alert\n',
    },
    settings: 'tags = "ring:canary"',
  });
  const [request] = await waitFor('the alert', () => server.requests.length > 0 && server.requests);
  expect(request).toMatchObject({ method: 'POST', path: '/alerts' });
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    hostname: 'offline',
    environment: { os: 'linux' },
    tags: { ring: 'canary' },
    event: 'an alert of a test',
  });
  expect(agent.log().filter(({ msg }) => msg.startsWith('alert: '))).toEqual([]);
  expect(await agent.query('dispatch')).toMatchObject({ success: true, elements: { ok: true } });
});

test('without an address the module ends, and alerts stay in the log', async () => {
  await using agent = await openOfflineAgent({
    executable: hostileAgent(),
    modules: { dispatch: '', hostilepersist: '[hostile]\nbehaviour = late-alert\n' },
  });
  await agent.logged('[dispatch] (module log) neither httpurl nor snstopic is configured');
  expect(await agent.logged('an alert of a test')).toBe('alert: an alert of a test');
});

test('a server that cannot be reached is logged, and the module goes on', async () => {
  await using agent = await openOfflineAgent({
    executable: hostileAgent(),
    modules: {
      dispatch: '[dispatch]\nhttpurl = "http://127.0.0.1:1/"\n',
      hostilepersist: '[hostile]\nbehaviour = alert\n',
    },
  });
  await agent.logged('[dispatch] (module log) http post: ');
  expect(await agent.query('dispatch')).toMatchObject({ success: true });
});

test('the module does not run where it has no configuration file', async () => {
  await using agent = await openOfflineAgent({ executable: inject('agentExecutable') });
  expect((await agent.query('dispatch')).errors).toEqual(['module dispatch is not registered']);
});
