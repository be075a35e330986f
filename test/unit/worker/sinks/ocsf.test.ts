import { expect, test } from 'vitest';
import { EVENT_SCHEMAS, isEventType } from '../../../../contract/events/event.ts';
import { eventLines } from '../../../../worker/sinks/event-lines.ts';
import { toOcsf } from '../../../../worker/sinks/ocsf.ts';
import { EVENT_EXAMPLES } from '../../../setup/event-examples.ts';
import { schemaValidator } from '../../../setup/json-schema-validator.ts';

const problemsOf = schemaValidator('ocsf-events-1.8.0.schema.json');
const eventOf = (kind: string, detail: Record<string, unknown>) => ({
  id: 5,
  at: '2026-11-30T22:00:00.123456Z',
  kind,
  detail,
});

test('there is an example of each type of event, and it has the shape of its schema', () => {
  expect(Object.keys(EVENT_EXAMPLES).sort()).toEqual(Object.keys(EVENT_SCHEMAS).sort());
  for (const [type, data] of Object.entries(EVENT_EXAMPLES)) {
    if (isEventType(type)) expect(EVENT_SCHEMAS[type].parse(data), type).toEqual(data);
  }
});

test.each(Object.entries(EVENT_EXAMPLES))('%s is what the schema of OCSF accepts', (type, data) => {
  const records = toOcsf(eventOf(type, data), 1_796_040_000_000).map((record) =>
    JSON.parse(JSON.stringify(record)),
  );
  expect(records.length).toBeGreaterThan(0);
  expect(records.flatMap(problemsOf)).toEqual([]);
  for (const record of records) {
    expect(record.unmapped).toEqual(data);
    expect(record.metadata.uid).toMatch(/^evt_5/);
    expect(record.type_uid).toBe(record.class_uid * 100 + record.activity_id);
  }
});

test('an event of another version keeps its data', () => {
  for (const [type, data] of [
    ['later.type', { x: 1 }],
    ['agent.new', { other: 'shape' }],
  ] as const) {
    const [record] = toOcsf(eventOf(type, data), 0).map((value) => JSON.parse(JSON.stringify(value)));
    expect(problemsOf(record)).toEqual([]);
    expect(record).toMatchObject({ unmapped: data, message: type });
  }
});

test('an event of many endpoints is one object for each, with ids of their own', () => {
  const endpoints = [1, 2].map((n) => ({
    agent: `a${n}`,
    queueloc: `linux.a${n}.1`,
    version: '1',
    os: 'linux',
  }));
  const records = toOcsf(eventOf('agent.new', { count: 2, endpoints }), 0) as { metadata: { uid: string } }[];
  expect(records.map(({ metadata }) => metadata.uid)).toEqual(['evt_5/1', 'evt_5/2']);
});

test('hostile names stay on one line of printable ASCII, and mean the same', () => {
  const data = { ...EVENT_EXAMPLES['sweep.flipped'], agent: 'a\n\u001b[31m\u202e\u2028é\ud83d\ude00\u007f' };
  for (const format of ['jsonl', 'ocsf'] as const) {
    const [line = ''] = eventLines(eventOf('sweep.flipped', data), format);
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.stringify(JSON.parse(line))).toContain(JSON.stringify(data.agent));
  }
});
