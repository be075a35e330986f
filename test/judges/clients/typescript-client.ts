import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GeneratedClient, runTool } from './run-tool.ts';

const PACKAGES = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3', '@types/node@20'];

/** A client of openapi-fetch, typed by openapi-typescript. */
const PROGRAM = `
import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const [baseUrl = '', apiKey = '', action = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { 'X-MIGAPIKEY': apiKey } });

const created = await client.POST('/action/create/', {
  body: { action },
  bodySerializer: (body) => new URLSearchParams({ ...body }),
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
});
const id = created.data?.collection.items?.[0]?.data[0]?.value.id;
if (id === undefined) throw new Error(created.error?.collection.error.message);

let status: string | undefined;
while (status !== 'completed') {
  const { data, error } = await client.GET('/action', { params: { query: { actionid: id } } });
  if (error) throw new Error(error.collection.error.message);
  const values = data.collection.items?.flatMap((item) => item.data) ?? [];
  [status] = values.flatMap((one) => (one.name === 'action' ? [one.value.status] : []));
  await sleep(100);
}

const found = await client.GET('/search', { params: { query: { type: 'command', actionid: id } } });
const data = found.data?.collection.items?.flatMap((item) => item.data) ?? [];
const statuses = data.flatMap((one) => (one.name === 'command' ? [one.value.status] : []));
console.log(\`action \${id} \${status}, commands: \${statuses.join(', ')}\`);
`;

export function buildTypeScriptClient(folder: string, document: string): GeneratedClient {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'openapi.json'), document);
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}');
  writeFileSync(join(folder, 'client.ts'), PROGRAM);
  runTool('npm', ['install', '--no-audit', '--no-fund', ...PACKAGES], folder);
  // A parameter with a default may be left out.
  const flags = ['--default-non-nullable=false'];
  runTool('npx', ['openapi-typescript', 'openapi.json', '-o', 'api.d.ts', ...flags], folder);
  const strict = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  runTool('npx', ['tsc', ...strict, 'client.ts'], folder);
  return {
    generator: 'openapi-typescript 7.13.0',
    run: (args) => runTool(process.execPath, ['client.js', ...args], folder),
  };
}
