import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, brief, stoppedIf } from './attack.ts';
import type { Rig } from './rig.ts';

const WALL = 'secrets: files of mode 0600, variables of the environment, never arguments or logs';

function secretsOf({ slot: { services, people } }: Rig): string[] {
  const keys = Object.values(people).map(({ privateKeyFile }) => {
    const lines = readFileSync(privateKeyFile, 'utf8').split('\n');
    const middle = lines[Math.floor(lines.length / 2)];
    if (middle === undefined) throw new Error(`${privateKeyFile} is empty`);
    return middle;
  });
  return [...Object.values(services.passwords), ...Object.values(services.relay.passwords), ...keys].filter(
    (secret) => secret.length > 16,
  );
}

const MAX_BYTES = 4_000_000;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() ? [path] : [];
  });
}

function isOpen(file: string, secrets: readonly string[]): boolean {
  try {
    const { mode, size } = statSync(file);
    if ((mode & 0o077) === 0 || size > MAX_BYTES) return false;
    const text = readFileSync(file);
    return secrets.some((secret) => text.includes(secret));
  } catch {
    return false; // it has ended
  }
}

export const SECRET_ATTACKS: readonly Attack[] = [
  {
    name: 'secrets: in the arguments of a process',
    holder: 'a local user of the endpoint',
    wall: WALL,
    async run(rig) {
      const secrets = secretsOf(rig);
      const open = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => {
          try {
            const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
            return secrets.some((secret) => line.includes(secret)) ? [`${pid} ${line}`] : [];
          } catch {
            return [];
          }
        });
      return stoppedIf(open.length === 0, `${open.length} processes show a secret`);
    },
  },
  {
    name: 'secrets: in the logs',
    holder: 'the API host',
    wall: WALL,
    async run(rig) {
      const secrets = secretsOf(rig);
      const logs = filesIn(join(rig.slot.services.home, 'log')).concat(
        filesIn(join(rig.slot.services.home, rig.slot.name, 'log')),
      );
      const found = logs.filter((file) =>
        secrets.some((secret) => readFileSync(file, 'utf8').includes(secret)),
      );
      return stoppedIf(
        logs.length > 2 && found.length === 0,
        brief(`${logs.length} logs, ${found.length} with a secret ${found.join()}`),
      );
    },
  },
  {
    name: 'secrets: in files that others can read',
    holder: 'a local user of the endpoint',
    wall: WALL,
    async run(rig) {
      const secrets = secretsOf(rig);
      const files = filesIn(rig.slot.services.home);
      const open = files.filter((file) => isOpen(file, secrets));
      return stoppedIf(
        open.length === 0,
        brief(`${files.length} files, ${open.length} open with a secret ${open.join()}`),
      );
    },
  },
  {
    name: "secrets: the platform's key in the database",
    holder: 'the database',
    wall: "investigators' private keys never reach the platform: the column has a constraint",
    async run({ pool }) {
      const outcome = await pool.query(`UPDATE investigators SET privatekey = 'x'`).then(
        () => 'stored',
        (error: Error) => error.message,
      );
      const { rows } = await pool.query('SELECT count(privatekey) AS count FROM investigators');
      return stoppedIf(/check constraint/.test(outcome) && rows[0].count === 0, brief(outcome));
    },
  },
];
