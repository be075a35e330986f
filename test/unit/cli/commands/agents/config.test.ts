import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../../../agent/config/config.ts';
import { agentsConfigCommand } from '../../../../../cli/commands/agents/config.ts';
import { makeCertificates } from '../../../../../dev/stack/services/certificates.ts';
import { runOnTerminal } from '../../../../setup/mig-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-agent-config-'));
const pathOf = (name: string) => join(folder, name);
await makeCertificates(folder);
writeFileSync(pathOf('acl.cfg'), '{"default":{"minimumweight":1}}');
mkdirSync(pathOf('agentkeys'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const RELAY = 'amqps://agent:secret@relay.example.net:5671/mig';
const CERTS = ['-ca', pathOf('ca.crt'), '-cert', pathOf('client.crt'), '-key', pathOf('client.key')];

/** What is printed for these flags, on stdout and on stderr. */
async function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockReturnValue(true),
  );
  await agentsConfigCommand(args);
  const [stdout = '', stderr = ''] = spies.map((spy) =>
    spy.mock.calls.map(([text]) => String(text)).join(''),
  );
  return { stdout, stderr };
}

/** The configuration as our agent reads it. */
async function load(...args: string[]) {
  const file = pathOf('mig-agent.cfg');
  writeFileSync(file, (await run('-relay', RELAY, ...CERTS, ...args)).stdout);
  const warnings: string[] = [];
  const config = loadConfig(file, (line) => warnings.push(line));
  return { config, warnings: warnings.filter((line) => !line.includes('agentkeys')) };
}

test('is read by the agent without a warning, with the defaults of mig-agent-cfg', async () => {
  const { config, warnings } = await load();
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    relay: { host: 'relay.example.net', port: 5671, vhost: 'mig', username: 'agent', password: 'secret' },
    heartbeatMs: 120_000,
    moduleTimeoutMs: 300_000,
    isImmortal: true,
    installService: true,
    isCheckin: false,
    extraPrivacy: true,
    tags: {},
    api: undefined,
  });
});

test('says what the flags say, also with characters that a configuration quotes', async () => {
  const { config, warnings } = await load(
    '-immortal=false',
    '-service=false',
    '-cron',
    '-extraprivate=false',
    '-api',
    'https://mig.example.net/api/v1/',
    '-proxy',
    'one.example.net:3128',
    '-proxy',
    'two.example.net:3128',
    '-tag',
    'operator=it',
    '-tag',
    'note=say "hi"; a\\b # c=d:e',
    '-heartbeatfreq',
    '5m',
    '-log',
    'C:\\mig\\mig.log',
  );
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    isImmortal: false,
    installService: false,
    isCheckin: true,
    extraPrivacy: false,
    api: 'https://mig.example.net/api/v1/',
    tags: { operator: 'it', note: 'say "hi"; a\\b # c=d:e' },
    heartbeatMs: 300_000,
    logFile: { path: 'C:\\mig\\mig.log' },
  });
  expect(config.configuredProxies).toEqual([
    { address: 'one.example.net:3128' },
    { address: 'two.example.net:3128' },
  ]);
});

describe('the password of the relay', () => {
  test('comes from a file, with any characters in it, and a password in a flag is warned of', async () => {
    const file = pathOf('password');
    writeFileSync(file, 'p@ss/w:rd%41?#é\nsecond line\n');
    const { stdout, stderr } = await run(
      '-relay',
      'amqps://agent@relay.example.net/mig',
      '-passwordfile',
      file,
      ...CERTS,
    );
    expect(stderr).toBe('');
    writeFileSync(pathOf('mig-agent.cfg'), stdout);
    expect(loadConfig(pathOf('mig-agent.cfg')).relay?.password).toBe('p@ss/w:rd%41?#é');
    expect((await run('-relay', RELAY)).stderr).toContain('is in the history of your shell now');
  });

  test('is asked for on a terminal, which does not show it', async () => {
    const file = pathOf('asked.cfg');
    const line = ['agents', 'config', '-relay', 'amqps://agent@relay.example.net/mig', '-o', file];
    const { status, shown } = await runOnTerminal(line, [['password of the relay: ', 'hunter2\n']]);
    expect({ status, shown }).toMatchObject({ status: 0 });
    expect(shown).not.toContain('hunter2');
    expect(readFileSync(file, 'utf8')).toContain('amqps://agent:hunter2@relay.example.net/mig');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('refuses', () => {
  test.each([
    [[], '-relay is needed'],
    [['-relay', 'relay.example.net'], '-relay must be like amqps://'],
    [['-relay', 'https://agent:secret@relay'], '-relay must be like amqps://'],
    [['-relay', 'amqps://relay.example.net/mig'], '-relay must be like amqps://'],
    [['-relay', 'amqps://agent@relay/mig'], 'without a terminal, give it with -passwordfile'],
    [['-relay', RELAY, '-passwordfile', '/dev/null'], '-passwordfile gives a second one'],
    [['-relay', RELAY, '-tag', 'operator'], '-tag must be name=value'],
    [['-relay', RELAY, '-tag', '=it'], '-tag must be name=value'],
    [['-relay', RELAY, '-tag', 'a:b=it'], '-tag must be name=value'],
    [['-relay', RELAY, '-tag', 'a=x\ny'], 'cannot be written into a configuration'],
    [['-relay', RELAY, '-immortal=maybe'], '-immortal must be true or false'],
    [['-relay', RELAY, '-immortal', 'false'], 'unexpected word "false"'],
    [['-relay', RELAY, '-heartbeatfreq', '120'], '-heartbeatfreq must be a duration'],
    [['-relay', RELAY, '-statport', '70000'], '-statport must be a port'],
    [['-relay', RELAY, '-proxy', 'proxy'], '-proxy must be host:port'],
    [['-relay', RELAY, '-api', 'mig.example.net'], '-api must be an address'],
    [['-rely', RELAY], 'did you mean -relay?'],
  ])('%j', async (args, problem) => {
    const stdin = process.stdin.isTTY;
    process.stdin.isTTY = false;
    const refused = run(...args);
    await expect(refused).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(problem) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
    process.stdin.isTTY = stdin;
  });

  test('to replace a file unless it is told to', async () => {
    const file = pathOf('kept.cfg');
    writeFileSync(file, 'mine');
    await expect(run('-relay', RELAY, '-o', file)).rejects.toThrow('-overwrite replaces it');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await run('-relay', RELAY, '-o', file, '-overwrite');
    expect(existsSync(file) && readFileSync(file, 'utf8')).toContain('[agent]');
  });
});
