import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_NOTICES } from '../../../contract/agent.ts';
import { parseRelayHeartbeat } from '../../../contract/heartbeat.ts';

const NOW = Date.UTC(2026, 0, 15);
const MINUTE_MS = 60_000;

test('a heartbeat from five minutes ahead or more says so in the record, beside what the agent says', () => {
  const minutes = fc.integer({ min: -19, max: 100_000 });
  const own = fc.array(
    fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0')),
    {
      maxLength: MAX_NOTICES,
    },
  );
  fc.assert(
    fc.property(minutes, own, (ahead, notices) => {
      const body = JSON.stringify({
        ...{ name: 'host', queueloc: 'linux.host.1', environment: { notices } },
        heartbeatts: new Date(NOW + ahead * MINUTE_MS).toISOString(),
      });
      const { environment } = parseRelayHeartbeat(Buffer.from(body), NOW, 20 * MINUTE_MS);
      const notice = `the clock of this endpoint is ${ahead} minutes ahead of the platform's`;
      expect(environment.notices).toEqual(
        (ahead >= 5 ? [notice, ...notices] : notices).slice(0, MAX_NOTICES),
      );
    }),
  );
});
