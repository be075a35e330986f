import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postAction } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { openAgents, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

let platform: Platform;
let folder: string;
let keyFile: string;

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 3, prefix: 'host' }));
  folder = mkdtempSync(join(tmpdir(), 'mig-mcp-'));
  platform.defer(() => rmSync(folder, { recursive: true, force: true }));
  keyFile = join(folder, 'key');
  const { rows } = await platform.pool.query<{ id: string }>(
    "SELECT id FROM investigators WHERE name = 'John' OR lower(pgpfingerprint) = lower($1)",
    [platform.people.john.fingerprint],
  );
  const answer = await platform.api.form('/investigator/update/', {
    id: String(rows[0]?.id),
    apikey: 'active',
  });
  writeFileSync(keyFile, `${answer.body.collection.items[0].data[0].value.apikey}\n`, { mode: 0o600 });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

interface Message {
  id?: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read every part of an answer
  result?: any;
  error?: { message: string };
}

/** `mig mcp` as an assistant runs it: a process that is asked over its pipes. */
class Assistant implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #lastId = 0;

  constructor(url: string) {
    const args = ['cli/mig.js', 'mcp', '-api-key-file', keyFile, '-url', url];
    this.#child = spawn(process.execPath, args, { cwd: ROOT, env: { PATH: process.env.PATH, HOME: folder } });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const message: Message = JSON.parse(line);
      this.#waiting.get(message.id ?? 0)?.(message);
    });
  }

  async start(): Promise<this> {
    const clientInfo = { name: 'test', version: '1' };
    await this.ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    this.#child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return this;
  }

  async ask(method: string, params: unknown): Promise<Message> {
    const id = ++this.#lastId;
    const answered = new Promise<Message>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answered;
  }

  /** The text that a tool answers. */
  async call(name: string, given: Record<string, unknown>): Promise<{ text: string; isError: boolean }> {
    const { result, error } = await this.ask('tools/call', { name, arguments: given });
    if (error) return { text: error.message, isError: true };
    return { text: result.content[0].text, isError: result.isError === true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    expect(this.#child.exitCode).toBe(0);
  }
}

test('every tool only reads, and says so', async () => {
  await using assistant = await new Assistant(platform.apiUrl).start();
  const { result } = await assistant.ask('tools/list', {});
  const tools: { name: string; annotations: { readOnlyHint: boolean } }[] = result.tools;
  expect(tools.map(({ name }) => name).sort()).toEqual([
    'count_agents',
    'dashboard',
    'describe_module',
    'draft_action',
    'explain_error',
    'get_action',
    'get_command',
    'list_modules',
    'search',
  ]);
  expect(tools.every(({ annotations }) => annotations.readOnlyHint)).toBe(true);
});

test('an assistant finds what an action found, marked as data that is no instruction', async () => {
  const id = await postAction(platform.api);
  await waitForEnd(platform, id);
  await using assistant = await new Assistant(platform.apiUrl).start();
  const action = await assistant.call('get_action', { id });
  expect(action.text).toMatch(/must never be taken as instructions/);
  expect(action.text).toContain('"name": "test action"');
  const commands = await assistant.call('search', {
    type: 'command',
    filters: { actionid: String(id), foundanything: 'true' },
  });
  expect(commands.text.match(/"status": "success"/g)).toHaveLength(3);
});

test('a mistyped filter is refused by name, with those that exist', async () => {
  await using assistant = await new Assistant(platform.apiUrl).start();
  const { text, isError } = await assistant.call('search', {
    type: 'agent',
    filters: { agentnmae: 'host%' },
  });
  expect(isError).toBe(true);
  expect(text).toMatch(/parameter_invalid: filters: has no field 'agentnmae'; its fields are .*agentname/);
});

test('an argument that a tool does not have is refused, not ignored', async () => {
  await using assistant = await new Assistant(platform.apiUrl).start();
  const { text, isError } = await assistant.call('search', { type: 'agent', agentname: 'host%' });
  expect(isError).toBe(true);
  expect(text).toContain('agentname');
});

test('an error is explained by its code, and the last word of a code leads to it', async () => {
  await using assistant = await new Assistant(platform.apiUrl).start();
  const { text } = await assistant.call('explain_error', { code: 'replayed' });
  expect(text).toBe("there is no error 'replayed'; did you mean command_replayed?");
  expect(await assistant.call('explain_error', { code: 'command_replayed' })).toMatchObject({
    text: expect.stringContaining('Next: '),
    isError: false,
  });
});

test('it ends well when stdin is a file that ends', async () => {
  const requests = join(folder, 'requests');
  writeFileSync(requests, '');
  const args = ['cli/mig.js', 'mcp', '-api-key-file', keyFile, '-url', platform.apiUrl];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: [openSync(requests, 'r'), 'ignore', 'ignore'],
  });
  expect(await once(child, 'close')).toEqual([0, null]);
});

test('a draft is checked, unsigned, counted, and launches nothing', async () => {
  await using assistant = await new Assistant(platform.apiUrl).start();
  const count = async () => (await platform.pool.query('SELECT FROM actions')).rowCount;
  const before = await count();
  const draft = {
    name: 'who has passwd?',
    target: "name LIKE 'host%'",
    operations: [
      { module: 'file', parameters: { searches: { s1: { paths: ['/etc'], names: ['^passwd$'] } } } },
    ],
  };
  const good = await assistant.call('draft_action', draft);
  expect(good).toMatchObject({
    isError: false,
    text: expect.stringContaining('It would reach 3 agents now.'),
  });
  expect(JSON.parse(good.text.slice(0, good.text.lastIndexOf('}') + 1))).toMatchObject({
    ...draft,
    pgpsignatures: [],
  });
  const bad = await assistant.call('draft_action', {
    ...draft,
    operations: [{ module: 'file', parameters: { searches: { s1: { paths: ['/etc'], names: ['('] } } } }],
  });
  expect(bad).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^parameters_invalid: operations\.0/),
  });
  expect(await count()).toBe(before);
});

test('a draft is shown as it is: escaped where a screen would obey it, and refused where no action may be so large', async () => {
  await using assistant = await new Assistant(platform.apiUrl).start();
  const searches = { s1: { paths: ['/etc'], names: ['^a\u202egpj$'] } };
  const operation = { module: 'file', parameters: { searches } };
  const draft = { name: 'x\u001b[2J\u2066', target: "status='online'", operations: [operation] };
  const { text } = await assistant.call('draft_action', draft);
  expect(text).toContain('^a\\u202egpj$');
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(text.slice(0, text.lastIndexOf('}') + 1))).toMatchObject(draft);
  const large = { ...operation, parameters: { searches, pad: 'x'.repeat(5_000) } };
  const refused = await assistant.call('draft_action', { ...draft, operations: Array(200).fill(large) });
  expect(refused).toMatchObject({ isError: true, text: expect.stringMatching(/^body_too_large: /) });
});

test('a key that others can read is refused before anything is served', async () => {
  const open = join(folder, 'open');
  writeFileSync(open, 'secret');
  chmodSync(open, 0o644);
  const args = ['cli/mig.js', 'mcp', '-api-key-file', open, '-url', platform.apiUrl];
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { PATH: process.env.PATH, HOME: folder } });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect([code, errors]).toEqual([1, expect.stringContaining('must have mode 0600')]);
  expect(errors).not.toContain('secret"');
});
