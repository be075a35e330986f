import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { encodeJson, RawJson } from '../contract/rules/go-json.ts';
import { operationsJson, signedText } from '../contract/rules/signed-text.ts';
import { timestampFromMillis } from '../contract/rules/timestamps.ts';
import { dataFolder } from '../dev/postgres.ts';
import { down, up } from '../dev/stack.ts';
import { readSigningKey, signText } from '../platform/openpgp/sign.ts';
import { report, summary } from './report.ts';

const WARM_UPS = 10;
const ROUNDS = 100;
const OPERATION = {
  module: 'file',
  parameters: {
    searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1, matchall: true } } },
  },
};

/** One agent, from sending the POST to the commit of the result row, and where the time goes. */
export async function benchRoundtrip(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'mig-bench-'));
  const stack = await up({
    home,
    agents: 1,
    install: false,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const db = new pg.Client({ connectionString: stack.postgres.url });
  await db.connect();
  await db.query('LISTEN mig_action');
  try {
    const key = await readSigningKey(readFileSync(stack.investigator.privateKeyFile, 'utf8'));
    const rounds: Round[] = [];
    for (let i = 0; i < WARM_UPS + ROUNDS; i++) {
      const round = await measure({ url: stack.api.url, db, key, name: `round ${i}` });
      if (i >= WARM_UPS) rounds.push(round);
    }
    const part = (name: keyof Round) => summary(rounds.map((round) => round[name]));
    report('roundtrip', [
      { what: 'POST to commit of the result row, ms', rounds: ROUNDS, ...part('total') },
      { what: 'POST to 202', ...part('accepted') },
      { what: 'POST to target resolved', ...part('resolved') },
      { what: 'target resolved to command confirmed by the relay', ...part('published') },
      { what: 'command confirmed to result taken off the relay', ...part('answered') },
      { what: 'result taken to its commit seen', ...part('committed') },
    ]);
  } finally {
    await db.end();
    await down(home);
    rmSync(dataFolder(home), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}

interface Round {
  total: number;
  accepted: number;
  resolved: number;
  published: number;
  answered: number;
  committed: number;
}

async function measure(context: {
  url: string;
  db: pg.Client;
  key: Awaited<ReturnType<typeof readSigningKey>>;
  name: string;
}): Promise<Round> {
  const { url, db, key, name } = context;
  const body = new URLSearchParams({ action: await signed(name, key) }).toString();
  const head = `1;${new Date().toISOString().replace(/\.\d+Z/, 'Z')};1`;
  const headers = {
    'X-PGPAUTHORIZATION': `${head};${await signText(`${head}\n`, key)}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  const committed = whenAnswered(db, name);
  const clock = performance.timeOrigin;
  const sent = clock + performance.now();
  const response = await fetch(`${url}/action/create/`, { method: 'POST', headers, body });
  await response.text();
  const accepted = clock + performance.now();
  if (response.status !== 202) throw new Error(`the API answered ${response.status}`);
  const { at, row } = await committed;
  return {
    total: at - sent,
    accepted: accepted - sent,
    resolved: row.resolved - sent,
    published: row.published - row.resolved,
    answered: row.finished - row.published,
    committed: at - row.finished,
  };
}

/** Resolves when a notification finds the only command of the action answered. */
function whenAnswered(
  db: pg.Client,
  name: string,
): Promise<{ at: number; row: Record<'resolved' | 'published' | 'finished', number> }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name}: no answer`)), 30_000);
    const look = async () => {
      const at = performance.timeOrigin + performance.now();
      const { rows } = await db.query(
        `SELECT extract(epoch FROM c.starttime) * 1000 AS resolved, extract(epoch FROM c.publishedat) * 1000 AS published,
           extract(epoch FROM c.finishtime) * 1000 AS finished
         FROM commands c JOIN actions a ON a.id = c.actionid WHERE a.name = $1 AND c.status = 'success'`,
        [name],
      );
      if (!rows[0]) return;
      clearTimeout(timer);
      db.off('notification', look);
      const row = Object.fromEntries(Object.entries(rows[0]).map(([part, ms]) => [part, Number(ms)]));
      resolve({ at, row: row as Record<'resolved' | 'published' | 'finished', number> });
    };
    db.on('notification', look);
  });
}

async function signed(name: string, key: Awaited<ReturnType<typeof readSigningKey>>): Promise<string> {
  const action = {
    ...{ name, target: `status='online'`, operations: [OPERATION], syntaxversion: 2 },
    validfrom: timestampFromMillis(Date.now() - 60_000),
    expireafter: timestampFromMillis(Date.now() + 60_000),
  };
  return encodeJson({
    ...action,
    operations: new RawJson(operationsJson(action.operations)),
    pgpsignatures: [await signText(signedText(action), key)],
  });
}
