import { expect, test } from 'vitest';
import { loadConfig } from '../../../worker/config.ts';

const REQUIRED = {
  MIG_POSTGRES_URL: 'postgres://migscheduler@127.0.0.1/mig',
  MIG_POSTGRES_TARGET_URL: 'postgres://migtarget@127.0.0.1/mig',
  MIG_AMQP_URL: 'amqp://scheduler@127.0.0.1/mig',
};
const eventsOf = (env: Record<string, string>) => loadConfig({ ...REQUIRED, ...env }).events;

test('by default webhooks reach no private network, and there is no sink', () => {
  expect(eventsOf({})).toMatchObject({ webhooks: { allowed: [] }, file: undefined, syslog: undefined });
});

test('a worker with the settings of the former webhook says what replaces them', () => {
  expect(() => eventsOf({ MIG_WEBHOOK_URL: 'https://example.net/' })).toThrow(
    /MIG_WEBHOOK_URL: .*mig webhooks create/,
  );
  expect(() => eventsOf({ MIG_WEBHOOK_SECRET_FILE: '/x' })).toThrow(
    /MIG_WEBHOOK_SECRET_FILE: .*mig webhooks create/,
  );
});

test('private networks are allowed by name', () => {
  const { webhooks } = eventsOf({ MIG_WEBHOOK_ALLOW: '10.1.0.0/16, ::1' });
  expect(webhooks.allowed.map(({ bits }) => bits)).toEqual([16, 128]);
  expect(() => eventsOf({ MIG_WEBHOOK_ALLOW: 'localhost' })).toThrow('MIG_WEBHOOK_ALLOW must be networks');
});

test.each([
  ['unix:///run/syslog.sock', { transport: 'unix', path: '/run/syslog.sock' }],
  ['tcp://logs.example.net', { transport: 'tcp', host: 'logs.example.net', port: 601 }],
  ['tls://[2001:db8::1]:7000', { transport: 'tls', host: '2001:db8::1', port: 7000 }],
])('%s is a receiver of syslog', (text, target) => {
  expect(eventsOf({ MIG_EVENTS_SYSLOG: text }).syslog?.target).toMatchObject(target);
});

test.each(['udp://logs.example.net', 'logs.example.net:514', 'tcp://', 'unix://relative'])(
  '%s is none',
  (text) => {
    expect(() => eventsOf({ MIG_EVENTS_SYSLOG: text })).toThrow('MIG_EVENTS_SYSLOG must be');
  },
);
