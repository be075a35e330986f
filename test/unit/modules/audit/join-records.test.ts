import { describe, expect, test } from 'vitest';
import { auditAlert } from '../../../../modules/audit/events/alert-text.ts';
import { type JoinedEvent, RecordJoiner } from '../../../../modules/audit/events/join-records.ts';
import { messageTypeName } from '../../../../modules/audit/events/message-types.ts';
import { MAX_LINE_BYTES, textLine } from '../../../../modules/persistent-messages.ts';

function open() {
  const state = { events: [] as JoinedEvent[], nowMs: 0 };
  const joiner = new RecordJoiner({ onEvent: (event) => state.events.push(event), now: () => state.nowMs });
  const add = (type: number, serial: number, text: string) =>
    joiner.add(type, `audit(1700000000.001:${serial}): ${text}`);
  return { joiner, state, add };
}

describe('records of one event', () => {
  test('are joined until its end record, also when events are mixed', () => {
    const { state, add } = open();
    add(1300, 1, 'syscall=59 comm="a"');
    add(1300, 2, 'syscall=2');
    add(1302, 1, 'item=0 name="/x"');
    add(1320, 1, '');
    expect(state.events).toMatchObject([
      { serial: '1', timestamp: '1700000000.001', type: 1300, records: [{}, {}] },
    ]);
    add(1320, 2, '');
    expect(state.events.map(({ serial }) => serial)).toEqual(['1', '2']);
  });

  test('that programs send are events of their own', () => {
    const { state, add } = open();
    add(1112, 7, "msg='op=login res=failed'");
    expect(state.events).toMatchObject([{ serial: '7', type: 1112 }]);
  });

  test('are passed on after 2 s when the end record does not come', () => {
    const { joiner, state, add } = open();
    add(1305, 1, 'op=add_rule res=1');
    joiner.flushOld();
    expect(state.events).toEqual([]);
    state.nowMs = 2_001;
    joiner.flushOld();
    expect(state.events).toMatchObject([{ serial: '1' }]);
  });

  test('are bounded in number, and in the number of events that wait', () => {
    const { joiner, state, add } = open();
    for (let serial = 0; serial < 1_500; serial++) add(1300, serial, 'a=b');
    expect(state.events).toHaveLength(500);
    for (let i = 0; i < 1_000; i++) add(1302, 1_499, `item=${i} name="${'x'.repeat(1_000)}"`);
    add(1320, 1_499, '');
    expect(state.events.at(-1)?.records).toHaveLength(256);
    expect(state.events.at(-1)?.raw.length).toBeLessThan(70_000);
    joiner.add(1300, 'no record');
    expect(joiner.unreadable).toBe(1);
  });
});

describe('the alert of an event', () => {
  const event = (...texts: string[]): JoinedEvent => {
    const { state, add } = open();
    for (const text of texts) add(1300, 1, text);
    add(1320, 1, '');
    return state.events[0] as JoinedEvent;
  };

  test("has MIG's names, and the text of the records only on demand", () => {
    expect(JSON.parse(auditAlert(event('comm="a"'), { includeRaw: false }))).toEqual({
      Serial: '1',
      Timestamp: '1700000000.001',
      Type: 'SYSCALL',
      Data: { comm: 'a' },
      Raw: '',
    });
    expect(JSON.parse(auditAlert(event('comm="a"', 'x=1'), { includeRaw: true })).Raw).toBe(
      'audit(1700000000.001:1): comm="a"\naudit(1700000000.001:1): x=1',
    );
  });

  test('numbers a field that several records have with different values', () => {
    const { Data } = JSON.parse(
      auditAlert(event('name="/a" x=1', 'name="/b" x=1', 'name="/c"'), { includeRaw: false }),
    );
    expect(Data).toEqual({ name: '/a', x: '1', name_2: '/b', name_3: '/c' });
  });

  test('fits into a line to the agent, whatever the records hold', () => {
    const texts = Array.from({ length: 256 }, (_, i) => `f${i}="${'\u0001'.repeat(8_000)}"`);
    const alert = auditAlert(event(...texts), { includeRaw: true });
    expect(Buffer.byteLength(textLine('alert', alert))).toBeLessThan(MAX_LINE_BYTES);
    expect(Number(JSON.parse(alert).Data.fields_left_out)).toBeGreaterThan(0);
  });
});

test('types have the names that other tools print', () => {
  expect([1100, 1112, 1137, 1300, 1302, 1309, 1320, 1327, 1400, 1701, 1999].map(messageTypeName)).toEqual([
    'USER_AUTH',
    'USER_LOGIN',
    'USER_DEVICE',
    'SYSCALL',
    'PATH',
    'EXECVE',
    'EOE',
    'PROCTITLE',
    'AVC',
    'ANOM_ABEND',
    'UNKNOWN[1999]',
  ]);
  expect(messageTypeName(1301)).toBe('UNKNOWN[1301]');
});
