import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeGnupgFolder } from '../../../../dev/mig-programs/gnupg-folder.ts';
import { writeMigConfiguration } from '../../../../dev/mig-programs/mig-user.ts';
import type { Check } from '../../check.ts';
import { typeInConsole } from '../../console.ts';
import { expectOutput } from '../../expect-output.ts';
import { newName } from '../../platform-records.ts';
import { REAL_AGENTS, type Rig } from '../../rig.ts';
import { excerpt } from '../../run-go-program.ts';

const [AGENT] = REAL_AGENTS;
const ARGS = ['-t', `name='${AGENT}'`, '-e', '60s', '-path', '/etc', '-name', '^passwd$'];
/** Each with a name of its own: an agent refuses an action that was signed twice in one second as a replay. */
const newArgs = () => ['file', '-n', newName('configured'), ...ARGS];
const FOUND = `${AGENT} /etc/passwd`;
const PASSPHRASE = 'a passphrase of a test';

/** Creates a home folder whose programs authenticate with an API key. */
export async function apiKeyHome(rig: Rig): Promise<string> {
  const home = join(rig.folder, 'with-api-key');
  mkdirSync(home);
  const { rows } = await rig.testbed.db.query('SELECT id FROM investigators WHERE name = $1', [
    rig.bob.key.name,
  ]);
  const { body } = await rig.testbed.api.form('/investigator/update/', {
    id: String(rows[0].id),
    apikey: 'active',
  });
  const key = body.collection.items[0].data[0].value.apikey;
  return configure(rig, home, { more: [`useapikeyauth = "${key}"`] });
}

function configure(
  rig: Rig,
  home: string,
  {
    more = [],
    gnupg = rig.bob.gnupg,
    apiUrl = rig.testbed.stack.api.url,
    keyId = rig.bob.key.fingerprint,
  }: {
    more?: readonly string[];
    gnupg?: string;
    apiUrl?: string;
    keyId?: string;
  } = {},
): string {
  mkdirSync(home, { recursive: true });
  writeMigConfiguration(join(home, '.migrc'), { apiUrl, gnupg, keyId, more });
  return home;
}

const newHome = ({ folder }: Rig) => join(folder, newName('home'));

export const CONFIGURATION_CHECKS: readonly Check[] = [
  {
    program: 'mig',
    shows: '[gpg] useapikeyauth',
    what: '[gpg] useapikeyauth: an API key takes the place of tokens',
    run: async (rig) => {
      const HOME = await rig.once(apiKeyHome);
      expectOutput(await rig.run('mig', newArgs(), { env: { HOME } }), { stdout: FOUND });
    },
  },
  {
    program: 'mig-console',
    shows: '[gpg] useapikeyauth',
    what: '[gpg] useapikeyauth: an API key takes the place of tokens',
    run: async (rig) => {
      const HOME = await rig.once(apiKeyHome);
      expectOutput(await typeInConsole(rig, ['status'], { env: { HOME } }), { stdout: 'Latest Actions:' });
    },
  },
  {
    program: 'mig-agent-search',
    shows: '[gpg] useapikeyauth',
    what: '[gpg] useapikeyauth: an API key takes the place of tokens',
    run: async (rig) => {
      const HOME = await rig.once(apiKeyHome);
      expectOutput(await rig.run('mig-agent-search', ['-t', 'first'], { env: { HOME } }), {
        stdout: 'agent-1; ',
      });
    },
  },
  {
    program: 'mig',
    shows: '[gpg] useapikeyauth',
    what: '[gpg] useapikeyauth: a wrong key is refused',
    run: async (rig) => {
      const HOME = configure(rig, newHome(rig), { more: [`useapikeyauth = "${'A'.repeat(32)}"`] });
      expectOutput(await rig.run('mig', newArgs(), { env: { HOME } }), { status: 1, stderr: 'HTTP 401' });
    },
  },
  {
    program: 'mig',
    shows: 'MIGPGPPASSPHRASE',
    what: 'MIGPGPPASSPHRASE: opens a key with a passphrase',
    run: async (rig) => {
      const home = newHome(rig);
      const gnupg = join(home, '.gnupg');
      await writeGnupgFolder(gnupg, {
        secret: rig.bob.key,
        known: Object.values(rig.people),
        passphrase: PASSPHRASE,
      });
      const HOME = configure(rig, home, { gnupg });
      const run = await rig.run('mig', newArgs(), { env: { HOME, MIGPGPPASSPHRASE: PASSPHRASE } });
      expectOutput(run, { stdout: FOUND });
    },
  },
  {
    program: 'mig',
    shows: '[gpg] keyid',
    what: '[gpg] keyid: a key that is not in the keyring is reported',
    run: async (rig) => {
      const HOME = configure(rig, newHome(rig), { keyId: 'A'.repeat(40) });
      expectOutput(await rig.run('mig', newArgs(), { env: { HOME } }), {
        status: 1,
        stderr: 'failed to generate a security token',
      });
    },
  },
  {
    program: 'mig',
    shows: '[gpg] home',
    what: '[gpg] home: a missing secring.gpg is reported',
    run: async (rig) => {
      const HOME = configure(rig, newHome(rig), { gnupg: '/no/such/folder' });
      expectOutput(await rig.run('mig', newArgs(), { env: { HOME } }), {
        status: 1,
        stderr: 'secring.gpg not found',
      });
    },
  },
  {
    program: 'mig',
    shows: '[api] url',
    what: '[api] url: works without a slash at its end, and with one',
    run: async (rig) => {
      const apiUrl = `${rig.testbed.stack.api.url}/`;
      const HOME = configure(rig, newHome(rig), { apiUrl });
      expectOutput(await rig.run('mig', newArgs(), { env: { HOME } }), { stdout: FOUND });
    },
  },
  {
    program: 'mig',
    shows: 'no ~/.migrc',
    what: 'no ~/.migrc: asks for the key and the URL, and writes it',
    run: async (rig) => {
      const home = newHome(rig);
      await writeGnupgFolder(join(home, '.gnupg'), { secret: rig.bob.key, known: Object.values(rig.people) });
      const input = `y\ny\n${rig.testbed.stack.api.url}/heartbeat\n`;
      const run = await rig.run('mig', ['file', '-p', ...ARGS], { env: { HOME: home }, input });
      const file = join(home, '.migrc');
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if (!text.includes(rig.bob.key.fingerprint))
        throw new Error(`~/.migrc has ${JSON.stringify(text)}: ${excerpt(run)}`);
    },
  },
];
