import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { defined } from '../../setup/defined.ts';
import { type OfflineAgentProcess, openOfflineAgent } from '../../setup/offline-agent.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mig-e2e-fswatch-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Watches with the built agent, and waits until the module works. */
async function watch(name: string, { isRecursive = false } = {}) {
  const watched = join(folder, name);
  mkdirSync(watched);
  for (const file of ['a', 'b', 'c']) writeFileSync(join(watched, file), 'first');
  const path = isRecursive ? `recursive:${watched}` : watched;
  const agent = await openOfflineAgent({
    executable: inject('agentExecutable'),
    modules: { fswatch: `[paths]\npath = "${path}"\n` },
  });
  await agent.logged(`[fswatch] (module log) adding monitoring for object ${watched}`);
  return { agent, watched };
}

const alertsOf = (agent: OfflineAgentProcess) =>
  agent.log().flatMap(({ msg }) => (msg.startsWith('alert: ') ? [JSON.parse(msg.slice(7))] : []));
/** Changes a file until the module has recorded its first hash, which takes an unknown time. */
async function changed(agent: OfflineAgentProcess, change: () => void, alert: RegExp) {
  const timer = setInterval(change, 3_000);
  change();
  try {
    return await agent.logged(alert);
  } finally {
    clearInterval(timer);
  }
}

test('changed, removed and replaced files raise alerts, and a query shows that the module runs', async () => {
  const { agent, watched } = await watch('plain');
  await using _agent = agent;
  expect(await agent.query('fswatch')).toMatchObject({ success: true, elements: { ok: true }, errors: null });
  let count = 0;
  await changed(
    agent,
    () => writeFileSync(join(watched, 'a'), `changed ${count++}`),
    /alert: .*"critical".*\/a signature changed [0-9a-f]{64} -> [0-9a-f]{64}/,
  );
  await changed(
    agent,
    () => {
      writeFileSync(join(watched, '.b'), `replaced ${count++}`);
      renameSync(join(watched, '.b'), join(watched, 'b'));
    },
    /alert: .*"critical".*\/b signature changed/,
  );
  rmSync(join(watched, 'c'));
  await agent.logged(`alert: {"severity":"low","alert":"path ${watched}/c removed"}`);
});

test('folders that are made later are watched, and the last object of an entry may come back', async () => {
  const { agent, watched } = await watch('growing', { isRecursive: true });
  await using _agent = agent;
  mkdirSync(join(watched, 'new', 'inner'), { recursive: true });
  await agent.logged(`adding monitoring for object ${watched}/new/inner`);
  let count = 0;
  await changed(
    agent,
    () => writeFileSync(join(watched, 'new', 'inner', 'x'), `${count++}`),
    /alert: .*\/new\/inner\/x signature changed/,
  );
  rmSync(watched, { recursive: true });
  await agent.logged(`last object in ${watched} removed, periodically checking for existence`);
  mkdirSync(watched);
  await agent.logged(/adding monitoring for object \S+\/growing$/);
  expect(alertsOf(agent)).toContainEqual({ severity: 'low', alert: `path ${watched} removed` });
});

test('a change among events that the kernel drops is found all the same', async () => {
  const { agent, watched } = await watch('overflow');
  await using _agent = agent;
  let count = 0;
  await changed(agent, () => writeFileSync(join(watched, 'a'), `${count++}`), /\/a signature changed/);
  const pid = defined(agent.log().find(({ childPid }) => childPid !== undefined)?.childPid);
  process.kill(pid, 'SIGSTOP');
  try {
    for (let i = 0; i < 9_000; i++) {
      writeFileSync(join(watched, 'noise'), '');
      rmSync(join(watched, 'noise'));
    }
    writeFileSync(join(watched, 'b'), 'hidden in the noise');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await agent.logged('warning: the system lost events, every object is compared');
  await agent.logged(/\/b signature changed/);
});

test('a configured path that does not exist ends the module with the reason', async () => {
  await using agent = await openOfflineAgent({
    executable: inject('agentExecutable'),
    modules: { fswatch: '[paths]\npath = /does/not/exist\n' },
  });
  await agent.logged('[fswatch] (module log) stat /does/not/exist: no such file or directory');
  await agent.logged('persistent module ended');
  expect((await agent.run('status')).stdout).toMatch(
    /^module fswatch: waiting, 0 restarts, last ended: exit status 1$/m,
  );
});
