import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { secretText, webhookHeaders } from '../../../../contract/webhooks/signature.ts';
import { freePort, portAnswers } from '../../../../dev/ports.ts';
import { waitFor } from '../../../../dev/wait-for.ts';

const EXAMPLE = fileURLToPath(new URL('../../../../docs/examples/webhook-receiver.mjs', import.meta.url));

test('the page has the example as it is', () => {
  const page = readFileSync(new URL('../../../../docs/integrations.md', import.meta.url), 'utf8');
  expect(page).toContain(`\`\`\`js\n${readFileSync(EXAMPLE, 'utf8')}\`\`\``);
});

test('the receiver of the documentation takes what is signed and fresh, and nothing else', async () => {
  const secret = Buffer.alloc(32, 5);
  const port = await freePort();
  const env = { PATH: process.env.PATH, WEBHOOK_SECRET: secretText(secret), PORT: String(port) };
  const child = spawn(process.execPath, [EXAMPLE], { env, stdio: 'ignore' });
  try {
    await waitFor('the receiver', () => portAnswers(port), { isAlive: () => child.exitCode === null });
    const now = Math.floor(Date.now() / 1000);
    const send = async (secrets: Buffer[], timestamp: number, tampered = '') => {
      const body = '{"type":"webhook.test","timestamp":"2026-11-30T22:00:00Z","data":{}}';
      const headers = webhookHeaders({ id: 'evt_1', timestamp, body }, secrets);
      const { status } = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        headers,
        body: body + tampered,
      });
      return status;
    };
    const other = Buffer.alloc(32, 6);
    expect(await send([secret], now)).toBe(204);
    expect(await send([other, secret], now)).toBe(204);
    expect(await send([other], now)).toBe(401);
    expect(await send([secret], now - 600)).toBe(401);
    expect(await send([secret], now, ' ')).toBe(401);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});
