import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlans } from '../../../../modules/persistence/plan.ts';
import { Parameters } from '../../../../modules/persistence/schema.ts';
import { searchEntries } from '../../../../modules/persistence/search-entries.ts';
import { createRunClock } from '../../../../platform/async/run-clock.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/modules/persistence/', import.meta.url));
const OVERRIDES = '/private/var/db/com.apple.xpc.launchd';
const root = mkdtempSync(join(tmpdir(), 'mig-persistence-darwin-'));
afterAll(() => rmSync(root, { recursive: true }));

function place(path: string): string {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  return join(root, path);
}

beforeAll(() => {
  cpSync(join(FIXTURES, 'daemon.plist'), place('/Library/LaunchDaemons/com.example.daemon.plist'));
  cpSync(join(FIXTURES, 'agent.plist'), place('/Library/LaunchAgents/com.example.agent.plist'));
  cpSync(join(FIXTURES, 'agent.plist'), place('/Users/ada/Library/LaunchAgents/own.plist'));
  writeFileSync(place('/Users/ada/Library/LaunchAgents/broken.plist'), 'no list');
  writeFileSync(place('/Users/ada/Library/LaunchAgents/note.txt'), 'no list');
  writeFileSync(place('/private/var/at/tabs/ada'), '@reboot curl x\n');
  writeFileSync(place('/Users/ada/.zshrc'), 'start\n');
  writeFileSync(place('/Users/ada/.ssh/authorized_keys'), 'ssh-ed25519 AAAA ada\n');
  mkdirSync(place('/Users/Shared/.ssh'), { recursive: true });
});

async function search(fields: Record<string, unknown>) {
  const plans = createPlans(
    Parameters.parse({ searches: { s1: { options: { matchall: true }, ...fields } } }),
  );
  const found = await searchEntries({
    plans,
    clock: createRunClock(Number.POSITIVE_INFINITY),
    place: { system: 'darwin', users: [], root, leftMs: 0 },
  });
  const rows = (plans[0]?.hits ?? []).map(
    ({ entry: { kind, name, path, user, isEnabled } }) => `${kind} ${name} ${path} ${user} ${isEnabled}`,
  );
  return { ...found, rows };
}

test('everything that starts by itself on macOS is found', async () => {
  const { rows, denials } = await search({ names: ['.'] });
  expect(rows).toEqual([
    'launchd com.example.daemon /Library/LaunchDaemons/com.example.daemon.plist _www false',
    'launchd com.example.agent /Library/LaunchAgents/com.example.agent.plist  true',
    'preload com.example.agent /Library/LaunchAgents/com.example.agent.plist  true',
    'launchd broken /Users/ada/Library/LaunchAgents/broken.plist ada true',
    'launchd com.example.agent /Users/ada/Library/LaunchAgents/own.plist ada true',
    'preload com.example.agent /Users/ada/Library/LaunchAgents/own.plist ada true',
    'cron ada /private/var/at/tabs/ada ada true',
    'profile .zshrc /Users/ada/.zshrc ada true',
    'ssh-key authorized_keys /Users/ada/.ssh/authorized_keys ada true',
  ]);
  expect(denials).toEqual([]);
});

test('a job is found by its command', async () => {
  const { rows } = await search({ commands: ['^/usr/local/bin/daemon -f'] });
  expect(rows).toHaveLength(1);
});

test('a file that is no property list is an error that names it', async () => {
  const { limits } = await search({ names: ['.'] });
  expect(limits).toEqual([
    'no property list, so that its commands are unknown: /Users/ada/Library/LaunchAgents/broken.plist',
  ]);
});

test('what launchctl wrote counts more than the list of a job', async () => {
  cpSync(join(FIXTURES, 'disabled.plist'), place(`${OVERRIDES}/disabled.plist`));
  const { rows } = await search({ names: ['^com\\.example\\.daemon$'], enabled: true });
  expect(rows).toHaveLength(1);
});

test('a kind that macOS does not have is an error', async () => {
  const { denials, rows } = await search({ kinds: ['systemd', 'run-key'], options: { matchall: false } });
  expect(rows).toEqual([]);
  expect(denials).toEqual(['kind systemd: not supported on darwin', 'kind run-key: not supported on darwin']);
});
