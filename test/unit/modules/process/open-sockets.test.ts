import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FactsContext, ProcessFacts } from '../../../../modules/process/facts.ts';
import { OpenSockets } from '../../../../modules/process/open-sockets.ts';
import { parseSocketCheck, type SocketCheck } from '../../../../modules/process/socket-check.ts';
import { readProcessStat } from '../../../../platform/machine/proc-stat.ts';
import { defined } from '../../../setup/defined.ts';

const unread: string[] = [];
const context: FactsContext = {
  bootMs: 0,
  userNames: new Map(),
  fileTests: [],
  onUnread: (what, { code }) => unread.push(`${what} ${code}`),
};
const factsOf = (pid: number) => new ProcessFacts(pid, defined(readProcessStat(pid)), context);

/** A process that ends as soon as its namespace is known, and stays a zombie. */
class EndingFacts extends ProcessFacts {
  #namespace: string | undefined;

  override get networkNamespace(): string {
    if (this.#namespace !== undefined) return super.networkNamespace;
    this.#namespace = super.networkNamespace;
    process.kill(this.pid, 'SIGKILL');
    // Nobody collects its status as long as this loop runs.
    while (readProcessStat(this.pid)?.state !== 'Z');
    return this.#namespace;
  }

  override get files() {
    return { passed: new Set<never>(), sockets: [1] };
  }
}

describe.runIf(process.platform === 'linux')('the sockets of a namespace', () => {
  let server: Server;
  let check: SocketCheck;
  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    check = defined(parseSocketCheck(`local 127.0.0.1:${port}`));
  });
  afterAll(() => server.close());

  test('are those of the next process when the first one ends before they are read', async () => {
    const child = spawn('sleep', ['600']);
    await once(child, 'spawn');
    const pid = defined(child.pid);
    const sockets = new OpenSockets([check]);
    expect(sockets.has(new EndingFacts(pid, defined(readProcessStat(pid)), context), check)).toBe(false);
    expect(sockets.has(factsOf(process.pid), check)).toBe(true);
    expect(unread).toEqual([]);
  });
});

test.each([
  ['EMFILE', ['sockets EMFILE']],
  ['EIO', ['sockets EIO']],
  ['ENOENT', []],
  ['ESRCH', []],
])('a table that fails with %s is reported unless the process has ended', (code, expected) => {
  unread.length = 0;
  factsOf(process.pid).reportUnread('sockets', Object.assign(new Error(code), { code }));
  expect(unread).toEqual(expected);
});
