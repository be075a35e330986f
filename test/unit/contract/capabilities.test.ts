import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGENT_CAPABILITIES, Capabilities } from '../../../contract/capabilities.ts';
import { parseRelayHeartbeat } from '../../../contract/heartbeat.ts';
import { heartbeatOf } from '../../../dev/simulation/agent/heartbeat.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,63}$/);

describe('capabilities', () => {
  test('are the known words among those announced, in any order and beside any others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.constantFrom(...AGENT_CAPABILITIES)), { maxLength: 32 }),
        (words) => {
          const expected = AGENT_CAPABILITIES.filter((known) => words.includes(known));
          expect(Capabilities.parse(words)).toEqual(expected);
        },
      ),
    );
  });

  test('are refused unless they are a short list of short words', () => {
    const bad = fc.oneof(
      fc.array(word, { minLength: 33, maxLength: 200 }),
      fc
        .string()
        .filter((text) => !/^[a-z][a-z0-9-]{0,63}$/.test(text))
        .map((text) => ['cancel', text]),
      fc.string({ minLength: 65 }).map((text) => [text]),
      fc.jsonValue().filter((value) => !Array.isArray(value)),
    );
    fc.assert(fc.property(bad, (value) => !Capabilities.safeParse(value).success));
  });

  test('are empty for a heartbeat without the key, such as those of MIG', () => {
    const agent = [{ queueloc: 'linux.a.1' }, { pid: 1, version: '1' }] as const;
    const parse = (body: string) =>
      parseRelayHeartbeat(Buffer.from(body), { nowMs: Date.now(), maxAgeMs: 1000 }).capabilities;
    expect(parse(heartbeatOf(...agent).body)).toEqual(AGENT_CAPABILITIES);
    const ofMig = heartbeatOf(...agent, { capabilities: [] }).body;
    expect(ofMig).not.toContain('capabilities');
    expect(parse(ofMig)).toEqual([]);
  });
});
