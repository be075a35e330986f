import { hostname, userInfo } from 'node:os';
import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { printable } from '../contract/text/printable.ts';
import { parseEnv, postgresUrl, readEnv } from '../platform/config.ts';
import { readBoundedText } from '../platform/files/read-text.ts';
import { createPool, requireConnection } from '../platform/postgres/pool.ts';
import { runScript, usage } from '../platform/program/command-line.ts';
import { makeFirstAdministrator } from './investigators/first-administrator.ts';

const USAGE = `npm run bootstrap -- --name NAME --key FILE

Makes the first administrator, once: an investigator with every permission, whose public key is in FILE, or on stdin with
--key=-. Refuses when there is an active administrator. MIG_POSTGRES_URL is that of npm run migrate (the role migadmin).
There is no way to do this over the network: who can write the database is trusted with it already.
`;
const MAX_KEY_BYTES = 256 * 1024;
const REFUSED = 3;
const Env = z.object({ MIG_POSTGRES_URL: postgresUrl });

await runScript(
  { usage: USAGE, options: { name: { type: 'string' }, key: { type: 'string' } } },
  async ({ name, key }) => {
    if (name === undefined || key === undefined) throw usage('--name and --key are needed');
    const { MIG_POSTGRES_URL: url } = parseEnv(Env, readEnv());
    const publickey = key === '-' ? await readInput() : readBoundedText(key, MAX_KEY_BYTES);
    const pool = createPool({ url, name: 'mig bootstrap', max: 1 });
    try {
      await requireConnection(pool, { url, setting: 'MIG_POSTGRES_URL' });
      return await bootstrap(pool, { name: name.trim(), publickey });
    } finally {
      await pool.end();
    }
  },
);

async function bootstrap(
  pool: Parameters<typeof makeFirstAdministrator>[0],
  given: { name: string; publickey: string },
): Promise<number> {
  try {
    const made = await makeFirstAdministrator(pool, { ...given, actor: actorName(), nowMs: Date.now() });
    const { id, name, pgpfingerprint, isNew } = made;
    const what = isNew
      ? 'is the first administrator now'
      : 'is an administrator already: nothing was changed';
    process.stdout.write(`${printable(`investigator ${id}, ${name} (${pgpfingerprint}), ${what}`)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof MigError) || error.code !== 'conflict') throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return REFUSED;
  }
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    bytes += chunk.length;
    if (bytes > MAX_KEY_BYTES) throw usage(`--key: stdin has more than ${MAX_KEY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A user without an entry in the list of users has no name. */
function actorName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
