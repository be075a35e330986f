import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutFacts } from '../../../../agent/environment/cut.ts';
import { heartbeatJson } from '../../../../agent/relay/heartbeat.ts';
import { Notices } from '../../../../agent/relay/notices.ts';
import { createOwnFacts } from '../../../../agent/relay/own-facts.ts';
import { type Environment, MAX_NOTICES } from '../../../../contract/agent.ts';
import { timestampFromMillis } from '../../../../contract/go/time.ts';
import { parseRelayHeartbeat } from '../../../../contract/heartbeat.ts';
import { createLogger } from '../../../../platform/log.ts';

const NOW = Date.UTC(2026, 0, 15);

function open({
  environment = {},
  tags = {},
  name = 'host',
}: {
  environment?: Partial<Environment>;
  tags?: Record<string, string>;
  name?: string;
}) {
  const lines: { msg: string; notice?: string }[] = [];
  const reported: string[] = [];
  const log = createLogger('test', 'info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const notices = new Notices({ log, report: { recordNotice: (text) => void reported.push(text) } });
  const own = createOwnFacts(
    {
      name,
      queueloc: 'linux.host.1',
      version: '1',
      mode: 'daemon',
      startedAt: timestampFromMillis(NOW - 1000),
      environment: { isproxied: false, aws: {}, ...environment },
      tags,
    },
    { notices, now: () => NOW },
  );
  const heartbeat = () =>
    parseRelayHeartbeat(Buffer.from(heartbeatJson(own.facts, NOW)), { nowMs: NOW, maxAgeMs: 60_000 });
  return { own, notices, lines, reported, heartbeat };
}

const addressesOf = (count: number) => Array.from({ length: count }, (_, i) => `10.${i >> 8}.${i & 255}.1/8`);

describe('the facts of an agent about itself', () => {
  test('are cut to 1,024 addresses, with a notice in log, report and record', () => {
    const { heartbeat, lines, reported } = open({ environment: { addresses: addressesOf(1100) } });
    const { environment } = heartbeat();
    expect(environment.addresses).toHaveLength(1024);
    const notice = 'more than the platform accepts: addresses: 1100, of which 1024 are sent';
    expect(environment.notices).toEqual([notice]);
    expect(reported).toEqual([notice]);
    expect(lines.map(({ notice: text }) => text)).toEqual([notice]);
  });

  test('that fit raise no notice', () => {
    const { heartbeat, lines, reported } = open({ environment: { addresses: addressesOf(1024) } });
    expect(heartbeat().environment.addresses).toHaveLength(1024);
    expect(heartbeat().environment).not.toHaveProperty('notices');
    expect([lines, reported]).toEqual([[], []]);
  });

  test('always make a heartbeat that the platform accepts', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((part) => part.replaceAll('\0', ''));
    const long = fc.tuple(text, fc.nat(3000)).map(([part, times]) => part.repeat(times).slice(0, 60_000));
    fc.assert(
      fc.property(
        fc.record({
          ident: long,
          publicip: long,
          init: long,
          addresses: fc.nat(6000).map(addressesOf),
          aws: fc.dictionary(fc.constantFrom('instanceid', 'localipv4', 'amiid', 'instancetype'), long),
        }),
        fc.dictionary(text, long, { maxKeys: 400 }),
        long.filter((name) => name !== ''),
        (environment, tags, name) => {
          const { heartbeat } = open({
            environment: { ...environment, aws: { ...environment.aws } },
            tags: { ...tags },
            name,
          });
          expect(heartbeat().queueloc).toBe('linux.host.1');
        },
      ),
      { numRuns: 60 },
    );
  });

  test('list as many notices as the platform accepts, settings last, and then the number of the rest', () => {
    const { notices } = open({});
    for (let i = 0; i < 40; i++) notices.note(`setting ${i}`, `setting ${i} ${'x'.repeat(i * 20)}`);
    notices.raise('clock', 'the clock is wrong');
    const list = notices.list();
    expect(list).toHaveLength(MAX_NOTICES);
    expect([list[0], list.at(-1)]).toEqual([
      'the clock is wrong',
      `and ${41 - (MAX_NOTICES - 1)} more notices: see the log of the agent`,
    ]);
    const long = open({}).notices;
    long.note('limits', 'x'.repeat(2000));
    expect(long.list()).toEqual([`${'x'.repeat(499)}…`]);
  });

  test('keep the other tags when one is too large', () => {
    const { tags, cuts } = cutFacts({
      name: 'host',
      environment: { isproxied: false, aws: {} },
      tags: { a: '1', huge: 'x'.repeat(200_000), b: '2' },
    });
    expect(tags).toEqual({ a: '1', b: '2' });
    expect(cuts).toEqual(['tags: 3, of which 2 are sent']);
  });

  test('raise and end a notice with its condition, and each change moves the refresh time', () => {
    const { own, notices, heartbeat, lines } = open({ environment: { addresses: addressesOf(2) } });
    expect(own.updateEnvironment({ isproxied: false, aws: {}, addresses: addressesOf(2) })).toBe(false);
    expect(own.updateEnvironment({ isproxied: false, aws: {}, addresses: addressesOf(2000) })).toBe(true);
    expect(own.updateEnvironment({ isproxied: false, aws: {}, addresses: addressesOf(2001) })).toBe(true);
    expect(heartbeat().environment.notices).toHaveLength(1);
    // The clock stands still, and still the second change moves the refresh time.
    expect(heartbeat().refreshts).toBe(timestampFromMillis(NOW + 1));
    expect(own.updateEnvironment({ isproxied: false, aws: {}, addresses: addressesOf(2) })).toBe(true);
    expect(heartbeat().environment.notices).toBeUndefined();
    expect(lines.map(({ msg }) => msg)).toEqual(['notice', 'notice', 'notice is over']);
    notices.raise('identity', 'late');
    expect([own.updateNotices(), own.updateNotices()]).toEqual([true, false]);
    expect(own.updateProxy('proxy:3128')).toBe(true);
    expect(heartbeat().environment).toMatchObject({
      isproxied: true,
      proxy: 'proxy:3128',
      notices: ['late'],
    });
  });
});
