import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlans } from '../../../../modules/persistence/plan.ts';
import { Parameters } from '../../../../modules/persistence/schema.ts';
import { searchEntries } from '../../../../modules/persistence/search-entries.ts';
import { createRunClock } from '../../../../platform/async/run-clock.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-persistence-limits-'));
afterAll(() => rmSync(root, { recursive: true }));

const MB = 1024 ** 2;
const UNITS = '.config/systemd/user';
const USERS = ['many', 'links', 'large'].map((name, index) => ({
  name,
  uid: 1000 + index,
  home: `/home/${name}`,
}));
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function unitsOf(user: string): string {
  const folder = join(root, 'home', user, UNITS);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** One file with many names. */
function writeNames(folder: string, { text, count }: { text: string; count: number }): void {
  const first = join(folder, 'u0.service');
  writeFileSync(first, text);
  for (let index = 1; index < count; index++) linkSync(first, join(folder, `u${index}.service`));
}

beforeAll(() => {
  writeNames(unitsOf('many'), { text: '[Service]\nExecStart=/bin/x\n', count: 20_050 });
  for (let index = 0; index < 9; index++)
    symlinkSync(unitsOf('many'), join(unitsOf('links'), `${index}.wants`));
  const text = `[Service]\nUser=a-user-with-a-long-name\n${'#'.repeat(MB - 100)}\n`;
  writeNames(unitsOf('large'), { text, count: 150 });
});

async function search(user: string, more: { unreadCode?: string } = {}) {
  const searches = { s1: { names: ['^u'], options: { matchall: true } } };
  const plans = createPlans(Parameters.parse({ searches }));
  const clock = createRunClock(Number.POSITIVE_INFINITY);
  const users = USERS.filter(({ name }) => name === user);
  const place = { system: 'linux', users, root, leftMs: 0, ...more };
  const found = await searchEntries({ plans, clock, place });
  return { ...found, hits: plans[0]?.hits ?? [] };
}

test('of a folder with too many units the first are searched, and an error names it', async () => {
  const { hits, limits } = await search('many');
  expect(hits).toHaveLength(20_000);
  expect(limits).toEqual([`only 20000 files were read in /home/many/${UNITS}`]);
});

test('folders that are links to each other are read up to a limit of all names', async () => {
  const { limits } = await search('links');
  expect(limits.at(-1)).toBe(
    `only 100000 files of units were read, the last in /home/links/${UNITS}/4.wants`,
  );
});

test('a match keeps nothing of the text of its file', async () => {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const { hits } = await search('large');
  collectGarbage();
  expect(hits).toHaveLength(150);
  expect(hits[0]?.entry.user).toBe('a-user-with-a-long-name');
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * MB);
});

test('a list of users that cannot be read is reported: their homes were not searched', async () => {
  const { denials } = await search('nobody', { unreadCode: 'EACCES' });
  expect(denials).toEqual([expect.stringMatching(/^permission denied: 1 .*\/etc\/passwd$/)]);
  expect((await search('nobody')).denials).toEqual([]);
});
