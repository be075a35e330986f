import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorMessage, MigError } from '../../../../contract/errors.ts';
import { parseField } from '../../../../contract/parse-field.ts';
import { parseSweep } from '../../../../contract/sweep/document.ts';
import { RequestedRun, SignedRuns, WaiverDocument } from '../../../../contract/sweep/requests.ts';
import { mutatedJson } from '../../../setup/mutated-json.ts';

const SWEEP = {
  name: 'nightly',
  description: 'all of them',
  target: "os='linux'",
  schedule: { cron: '0 3 * * *', timezone: 'UTC', jitter: '1m', overlap: 'skip', catchup: '10m' },
  validity: '1h',
  checks: [
    {
      id: 'one',
      action: {
        name: 'the file is there',
        threat: { ref: 'r', level: 'high' },
        operations: [{ module: 'file', parameters: null }],
        compliance: { expect: ['found'], condition: 'all' },
      },
    },
  ],
};
const { schedule: _cron, ...REST } = SWEEP;
const BY_CALENDAR = {
  ...REST,
  schedule: { calendar: { minute: '0', hour: '3', dayofmonth: '*', month: '*', dayofweek: '1' } },
};
const TIME = '2027-01-31T03:00:00Z';
const PART = { name: 'sweep', validfrom: TIME, expireafter: TIME, signatures: ['x'] };
const RUNS = [{ plannedat: TIME, parts: [PART] }];
const RUN = {
  kind: 'verify',
  plannedat: TIME,
  checks: ['one'],
  target: "queueloc='a'",
  parts: [{ ...PART, operations: '[]' }],
};
const WAIVER = { sweep: 'nightly', sweepid: 1, check: 'one', agents: ['web1'], why: 'old', until: TIME };

const ZOD =
  /invalid (input|option|string|type|key|value)|expected|received|unrecognized|too (big|small)|nonoptional|\[object/i;
/** Every sentence about a field says what is accepted, or that it must not be there. */
const PLAIN =
  /must (be|not|have)|is missing|has no field|give|needs?|are needed|is for the kind|fires|is over|twice|two have|have an expectation|is not checked|known are|ends before|write minute/;

function refusalOf(read: (text: string) => unknown, value: unknown): string | undefined {
  try {
    read(JSON.stringify(value));
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(MigError);
    return errorMessage(error);
  }
}

test.each([
  ['a sweep by cron', SWEEP, parseSweep],
  ['a sweep by calendar', BY_CALENDAR, parseSweep],
  ['signed runs', RUNS, (text: string) => parseField('runs', SignedRuns, text)],
  ['a run for now', RUN, (text: string) => parseField('run', RequestedRun, text)],
  ['a waiver', WAIVER, (text: string) => parseField('waiver', WaiverDocument, text)],
] as const)(
  '%s with any change is accepted, or refused in plain English with the field',
  (_, valid, read) => {
    expect(refusalOf(read, valid)).toBeUndefined();
    let refused = 0;
    const property = fc.property(mutatedJson(structuredClone(valid) as never), ({ value, names, change }) => {
      const message = refusalOf(read, value);
      if (message === undefined) return;
      refused++;
      expect(message).not.toMatch(ZOD);
      expect(message).toMatch(PLAIN);
      // A schedule is named as such, and a text of it is quoted.
      const innermost = names.at(-1) ?? '';
      const isNamed =
        message.includes(innermost) || (names[0] === 'schedule' && message.includes('schedule'));
      expect(isNamed, `${change} ${names.join('.')}: ${message}`).toBe(true);
    });
    fc.assert(property, { numRuns: 1_500 });
    expect(refused).toBeGreaterThan(300);
  },
);

test.each([
  [
    { ...SWEEP, overlap: 'skip' },
    "sweep has no field 'overlap'; its fields are name, description, target, schedule",
  ],
  [{ ...SWEEP, name: 5 }, 'sweep name: must be a text, not 5'],
  [{ ...SWEEP, target: '' }, 'sweep target: must be a text of at least 1 character, and it has 0'],
  [
    { ...SWEEP, validity: 'long' },
    "sweep validity: must be a duration such as 30m, from 60s to 2592000s, not 'long'",
  ],
  [
    { ...SWEEP, schedule: { ...SWEEP.schedule, overlap: 'wait' } },
    "sweep schedule.overlap: must be 'skip' or 'queue' or 'cancel', not 'wait'",
  ],
  [
    { ...SWEEP, schedule: { ...SWEEP.schedule, timezone: 'Berlin' } },
    "sweep schedule.timezone: must be a time zone such as Europe/Berlin or UTC, not 'Berlin'",
  ],
  [[], 'sweep must be an object, not a list'],
])('a refusal says what was given and what is accepted: %j', (document, message) => {
  expect(refusalOf(parseSweep, document)).toContain(message);
});

test('the text of a field of the wrong kind, which may be secret, is not repeated', () => {
  const message = refusalOf(parseSweep, { ...SWEEP, checks: 'hunter2' });
  expect(message).toBe('sweep checks: must be a list, not a text');
});
