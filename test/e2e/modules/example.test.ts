import { execFileSync } from 'node:child_process';
import { expect, inject, test } from 'vitest';
import { runModule } from '../../setup/module-process.ts';

const example = (parameters: object) =>
  runModule('example', parameters, { agent: inject('agentExecutable') });

/** The addresses of this machine as the system's own program lists them, without those of loopback. */
function judge(): string[] {
  const lines = execFileSync('ip', ['-o', 'addr', 'show', 'up'], { encoding: 'utf8' }).split('\n');
  const addresses = lines.flatMap((line) => / inet6? ([0-9a-f.:]+)/.exec(line)?.[1] ?? []);
  return addresses.filter((address) => !['127.0.0.1', '::1'].includes(address)).sort();
}

test('the host name is that of the system', async () => {
  const { success, elements } = await example({ gethostname: true });
  const hostname = execFileSync('uname', ['-n'], { encoding: 'utf8' }).trim();
  expect({ success, elements }).toEqual({
    success: true,
    elements: { hostname },
  });
});

test('the addresses are those that the system lists', async () => {
  const { elements } = await example({ getaddresses: true });
  const { addresses } = elements as { addresses: string[] | null };
  expect((addresses ?? []).map((address) => address.replace(/\/\d+$/, '')).sort()).toEqual(judge());
});

test('a name is looked up, and one that does not exist is an error', async () => {
  const { success, elements, errors } = await example({ lookuphost: ['localhost', 'nothing.invalid'] });
  const { lookeduphost } = elements as { lookeduphost: Record<string, string[]> };
  expect(success).toBe(true);
  expect(lookeduphost.localhost).toContain('127.0.0.1');
  expect(errors).toEqual([expect.stringContaining('nothing.invalid')]);
});
