import { expect, test } from 'vitest';
import { workerSettings } from '../../../../dev/stack/worker-settings.ts';

test('the worker of the stack gets the settings of webhooks and event sinks, and no others', () => {
  const env = {
    MIG_WEBHOOK_ALLOW: '127.0.0.1/32',
    MIG_EVENTS_FILE: '/tmp/events.jsonl',
    MIG_POSTGRES_URL: 'postgres://elsewhere/mig',
    PATH: '/bin',
    MIG_EVENTS_SYSLOG: undefined,
  };
  expect(workerSettings(env)).toEqual({
    MIG_WEBHOOK_ALLOW: '127.0.0.1/32',
    MIG_EVENTS_FILE: '/tmp/events.jsonl',
  });
});
