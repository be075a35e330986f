import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILE_OPERATION, postAction } from '../../dev/api-caller.ts';
import { writeMigrc } from '../../dev/stack/investigator.ts';
import type { AnsweredQuestion, ConsoleRecords, ConsoleScript } from './console-script.ts';
import { firstValue } from './loaders.ts';
import { openAgents, openPlatform, type Platform, waitForEnd } from './platform.ts';
import { makeTarGzip } from './tar-archive.ts';

/** A platform with two agents, and an investigator with a home folder and a configuration. */
export interface ConsoleRig extends AsyncDisposable {
  platform: Platform;
  home: string;
  migrc: string;
  newRecords(): Promise<ConsoleRecords>;
}

/** The end of a prompt on a terminal with colours: readline then puts the cursor behind it. */
export const PROMPT = '>\u001b[0m \u001b[';

const FILES = new Map([
  ['mig-agent', Buffer.alloc(1_000, 'agent')],
  ['configuration', Buffer.from('[agent]\n')],
]);

export async function openConsoleRig(): Promise<ConsoleRig> {
  const platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 2 }));
  const home = mkdtempSync(join(tmpdir(), 'mig-console-'));
  platform.defer(() => rmSync(home, { recursive: true, force: true }));
  const migrc = join(home, '.migrc');
  writeMigrc(migrc, { apiUrl: platform.apiUrl, key: platform.people.bob });
  return {
    platform,
    home,
    migrc,
    newRecords: () => makeRecords(platform, home),
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  };
}

async function makeRecords(platform: Platform, home: string): Promise<ConsoleRecords> {
  const { api } = platform;
  const suffix = randomBytes(4).toString('hex');
  const action = await postAction(api, {
    name: 'found by some',
    target: `name LIKE 'sim-%'`,
    operations: [FILE_OPERATION],
  });
  await waitForEnd(platform, action);
  const { id: command, agentid: agent } = await commandOf(platform, action);
  const investigator = new FormData();
  investigator.set('name', `investigator ${suffix}`);
  investigator.set('permissions', '{"search":true}');
  const loader = JSON.stringify({ name: `loader-${suffix}` });
  const manifest = { name: `manifest-${suffix}`, target: `name='nobody'`, status: 'staged' };
  const content = makeTarGzip(FILES).toString('base64');
  await api.form('/manifest/new/', { manifest: JSON.stringify({ ...manifest, content }) });
  const created = await api.send('/investigator/create/', { method: 'POST', body: investigator });
  const manifests = await api.get(`/search?type=manifest&manifestname=${manifest.name}`);
  return {
    action,
    command,
    agent,
    investigator: firstValue(created).id,
    loader: firstValue(await api.form('/loader/new/', { loader })).id,
    manifest: firstValue(manifests).id,
    actionFile: writeAction(home, suffix),
    archive: join(home, `${suffix}.tar.gz`),
    release: writeRelease(home),
    suffix,
  };
}

async function commandOf({ pool }: Platform, action: number): Promise<{ id: number; agentid: number }> {
  const { rows } = await pool.query(
    `SELECT commands.id, agentid FROM commands JOIN agents ON agents.id = agentid WHERE actionid = $1 AND name = 'sim-0'`,
    [action],
  );
  return { id: Number(rows[0].id), agentid: Number(rows[0].agentid) };
}

/** An agent takes an action with the same signed text for a replay: each has a name of its own. */
function writeAction(home: string, suffix: string): string {
  const file = join(home, `${suffix}.json`);
  const action = { name: `from a file ${suffix}`, target: `name='sim-0'`, operations: [FILE_OPERATION] };
  writeFileSync(file, JSON.stringify({ ...action, syntaxversion: 2 }));
  return file;
}

function writeRelease(home: string): string {
  const folder = join(home, 'release');
  mkdirSync(folder, { recursive: true });
  for (const [name, data] of FILES) writeFileSync(join(folder, name), data);
  return folder;
}

/** The text of a typed line. */
export function lineOf(typed: string | AnsweredQuestion): string {
  return typeof typed === 'string' ? typed : typed[1];
}

/** Where the text first lacks what the script shows, in its order; undefined when it has everything. */
export function firstMissing(text: string, { shows }: Pick<ConsoleScript, 'shows'>): string | undefined {
  let rest = text;
  for (const wanted of shows) {
    const at = typeof wanted === 'string' ? rest.indexOf(wanted) : rest.search(wanted);
    if (at < 0)
      return `${String(wanted)} is missing after ${JSON.stringify(text.slice(-rest.length - 200, -rest.length + 300))}`;
    rest = rest.slice(at + 1);
  }
  return undefined;
}
