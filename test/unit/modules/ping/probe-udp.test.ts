import { expect, test } from 'vitest';
import { createUdpProbe } from '../../../../modules/ping/probe-udp.ts';

test('an address that cannot be connected to is a failed probe', async () => {
  // A socket must ask for the right to broadcast: the system refuses to connect at once.
  const probe = createUdpProbe({ address: '255.255.255.255', port: 9 });
  const outcome = await probe({ sequence: 1, timeoutMs: 2_000 });
  expect(outcome).toMatchObject({ type: 'failed', why: expect.stringContaining('permission denied') });
});
