import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { questionText } from '../../contract/question/document.ts';
import { loadKey } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { ROOT_PASSWORD_ACTION } from '../../dev/demo/demo-actions.ts';
import { writeMigrc } from '../../dev/stack/investigator.ts';
import { loadKeyFiles } from '../../dev/stack/keys.ts';
import { demoAcl } from '../../dev/stack/seed.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import type { Platform } from './platform.ts';
import { QUESTION } from './questions.ts';
import type { Shell } from './shell-lines.ts';

/** What the examples of the help name: their ids, names and files. */
export const EXAMPLE = {
  action: 28098271642093,
  command: 28098271642101,
  agent: 28098271640001,
  agentName: 'web1.example.net',
  queueloc: 'linux.web1.1b2c3d',
} as const;

const POLICY = `policy:
  id: example
  name: Example
checks:
  - id: 1
    title: The file of passwords is there
    condition: all
    rules:
      - 'f:/etc/passwd'
`;

/** Writes the files of the examples into the folder of a shell, and the configuration into its home. */
export async function writeExampleFiles(shell: Shell, { apiUrl, people }: Platform): Promise<void> {
  const home = join(shell.folder, '..', 'home');
  const write = (path: string, text: string) =>
    writeFileSync(join(shell.folder, path), text, { mode: 0o600 });
  writeMigrc(join(home, '.migrc'), { apiUrl, key: people.bob });
  for (const folder of [
    join(home, 'colleagues'),
    join(shell.folder, 'publickeys'),
    join(shell.folder, 'release'),
  ]) {
    mkdirSync(folder);
  }
  writeFileSync(join(home, 'colleagues', 'john.asc'), people.john.publicKey);
  write('publickeys/bob.asc', people.bob.publicKey);
  const ann = await loadKeyFiles(join(home, 'keys'), { id: 'ann', name: 'Ann Brown' });
  write('ann.asc', ann.publicKey);
  write('relay-password', 'secret\n');
  write('release/mig-agent', 'an agent');
  write('acl.cfg', JSON.stringify(demoAcl(people)));
  write('action.json', JSON.stringify(ROOT_PASSWORD_ACTION));
  const { description, parameters, operations } = QUESTION;
  write('question.json', JSON.stringify({ description, parameters, operations }));
  write('exported.jsonl', await exportedQuestion(people));
  write('cis_debian12.yml', POLICY);
  write('runner.cfg', `[runner]\n  directory = ${shell.folder}/runner\n`);
  symlinkSync(join(ROOT, 'compliance'), join(shell.folder, 'compliance'));
}

/** A question as `mig questions export` prints it. */
async function exportedQuestion({ bob }: Platform['people']): Promise<string> {
  const document = questionText({ ...QUESTION, name: 'exported' });
  const signature = await signText(document, await loadKey(bob));
  return `${JSON.stringify({ document, signature })}\n`;
}

/** Stores the records of the examples: an action that has ended, with the answer of one agent, which is gone since. */
export async function storeExampleRecords({ pool }: Platform): Promise<void> {
  const { action, command, agent, agentName, queueloc } = EXAMPLE;
  await pool.query(
    `INSERT INTO actions (id, name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES ($1, 'find passwd', 'true', '{}', '{}', '[{"module":"file","parameters":{}}]', now(), now(), 'completed', 2, '[]')`,
    [action],
  );
  await pool.query(
    `INSERT INTO agents (id, name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES ($1, $2, $3, 'daemon', '1', 1, now(), now(), now(), 'offline', '{"os":"linux"}', '{"operator":"it"}')`,
    [agent, agentName, queueloc],
  );
  await pool.query(
    `INSERT INTO commands (id, actionid, agentid, queueloc, status, results, starttime, finishtime)
     VALUES ($1, $2, $3, $4, 'success', '[{"foundanything":false,"success":true,"elements":{},"statistics":null,"errors":null}]', now(), now())`,
    [command, action, agent, queueloc],
  );
}
