import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeApi } from '../../../api/reference/openapi.ts';
import { openTestbed, type Testbed } from '../../../dev/simulation/testbed.ts';
import { report } from '../../../dev/terminal.ts';
import { runScript } from '../../../platform/program/command-line.ts';
import { buildGoClient } from './go-client.ts';
import type { GeneratedClient } from './run-tool.ts';
import { buildTypeScriptClient } from './typescript-client.ts';

const USAGE = `npm run judges:clients

Makes a client of the OpenAPI document by a generator for TypeScript and by one for Go, compiles both, and lets each run an
action on a private stack: it posts the signed text, waits for the end, and reads the answers. Needs Go and the registries
of npm and Go.
`;

await runScript({ usage: USAGE, options: {} }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-test-clients-'));
  try {
    await using testbed = await openTestbed({ agents: 1 });
    const document = JSON.stringify(describeApi(testbed.stack.api.url));
    const apiKey = await createApiKey(testbed);
    for (const build of [buildTypeScriptClient, buildGoClient]) {
      const client = build(join(folder, build.name), document);
      report(`${client.generator}: compiled`);
      process.stdout.write(`${client.generator}: ${await runAction(testbed, client, apiKey)}\n`);
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What the client prints: the action's id and status, and the status of each command. */
async function runAction(testbed: Testbed, client: GeneratedClient, apiKey: string): Promise<string> {
  const action = await testbed.sign({ name: client.generator, target: "status='online'" });
  const printed = client.run([testbed.stack.api.url, apiKey, action]).trim();
  const isComplete = /^action \d+ completed, commands: success$/.test(printed);
  if (!isComplete) throw new Error(`${client.generator}: it printed ${JSON.stringify(printed)}`);
  return printed;
}

async function createApiKey({ api, db }: Testbed): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    'SELECT id FROM investigators WHERE lower(pgpfingerprint) = $1',
    [api.key.getFingerprint()],
  );
  const answer = await api.form('/investigator/update/', { id: String(rows[0]?.id), apikey: 'active' });
  return answer.body.collection.items[0].data[0].value.apikey;
}
