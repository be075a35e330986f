import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test } from 'vitest';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { runModule } from '../../setup/module-process.ts';

const SERVER = fileURLToPath(new URL('../../setup/ntp-server.ts', import.meta.url));
/** An /etc of its own, because that of a machine may have no ntp.conf. */
const etc = mkdtempSync(join(tmpdir(), 'mig-e2e-timedrift-'));
writeFileSync(join(etc, 'ntp.conf'), '# ours\nserver 127.0.0.1 iburst\nserver 192.0.2.1\n');
afterAll(() => rmSync(etc, { recursive: true }));

/** Starts the server in a network where it may have port 123, then the agent, and ends the server with it. */
const SCRIPT = `set -e
ip link set lo up
mkfifo "$ETC/ready"
"$NODE" --import tsx "$SERVER" "$AHEAD" > "$ETC/ready" &
server=$!
trap 'kill $server; rm "$ETC/ready"' EXIT
read -r _ < "$ETC/ready"
mount --bind "$ETC" /etc
"$AGENT" -m timedrift`;

/** Runs the module against a server whose clock is ahead of this machine's. */
function withServer(aheadSeconds: number, parameters: object): ModuleResult {
  const rights = process.getuid?.() === 0 ? '-mn' : '-rmn';
  const input = JSON.stringify({
    class: 'parameters',
    parameters,
    terms: { timeoutms: 60_000, maxbytes: 1e6 },
  });
  const env = {
    ...process.env,
    ETC: etc,
    NODE: process.execPath,
    SERVER,
    AHEAD: String(aheadSeconds),
    AGENT: inject('agentExecutable'),
  };
  const stdout = execFileSync('unshare', [rights, 'sh', '-c', SCRIPT], { input, env, encoding: 'utf8' });
  return JSON.parse(stdout);
}

test('without a drift the local time of this machine comes back', async () => {
  const before = Date.now();
  const { foundanything, success, elements } = await runModule(
    'timedrift',
    {},
    {
      agent: inject('agentExecutable'),
    },
  );
  expect({ foundanything, success }).toEqual({ foundanything: true, success: true });
  const { localtime, hascheckeddrift } = elements as { localtime: string; hascheckeddrift: boolean };
  expect(hascheckeddrift).toBe(false);
  expect(Date.parse(localtime)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(localtime)).toBeLessThanOrEqual(Date.now());
});

test('a clock as that of the time server is within the drift', () => {
  expect(withServer(0, { drift: '30s' })).toMatchObject({
    foundanything: false,
    success: true,
    elements: { hascheckeddrift: true, iswithindrift: true },
    statistics: { ntpstats: [{ host: '127.0.0.1', reachable: true }] },
    errors: null,
  });
});

test('a clock that is behind the time server is found', () => {
  const { foundanything, success, elements, statistics } = withServer(3600, { drift: '5m' });
  expect({ foundanything, success }).toEqual({ foundanything: true, success: true });
  const { drifts } = elements as { drifts: string[] };
  expect(drifts).toEqual([
    expect.stringMatching(/^Local time is behind ntp host 127\.0\.0\.1 by (1h0m|59m5\d)/),
  ]);
  const { ntpstats } = statistics as { ntpstats: { time: string }[] };
  const aheadMs = Date.parse(ntpstats[0]?.time ?? '') - Date.now();
  expect(Math.abs(aheadMs - 3_600_000)).toBeLessThan(120_000);
});
