import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { storeBatch } from '../../../activities/store-batch.ts';

/** `throw`: cannot be parsed. `fail`: its row is refused with an SQLSTATE, alone or in any batch. */
type Message = { does: 'good' } | { does: 'throw'; error: unknown } | { does: 'fail'; error: unknown };

const withCode = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });

/** A database that stores a batch whole or not at all. With `trouble` it stores nothing. */
function createDatabase(trouble?: unknown) {
  const stored: Message[] = [];
  const refused: Message[] = [];
  const store = async (rows: readonly Message[]) => {
    if (trouble !== undefined) throw trouble;
    for (const row of rows) if (row.does === 'fail') throw row.error;
    stored.push(...rows);
  };
  return {
    stored,
    refused,
    take: (messages: readonly Message[]) =>
      storeBatch(messages, {
        toRow: (message) => {
          if (message.does === 'throw') throw message.error;
          return message;
        },
        store,
        probe: () => store([]),
        refuse: async (items) => {
          refused.push(...items.map(({ item }) => item));
        },
      }),
  };
}

const classesOf = (...classes: string[]) =>
  fc
    .tuple(fc.constantFrom(...classes), fc.stringMatching(/^[0-9A-Z]{3}$/))
    .map(([c, rest]) => withCode(c + rest));
const anyError = fc.constantFrom(new RangeError('deep'), new TypeError('x'), 'text', undefined, null, 5);
const ofMessage = fc.oneof(classesOf('21', '22', '23', '54', 'XX', '42', 'P0', '0A', '2F'), anyError);
const ofSystem = fc.oneof(
  classesOf('08', '25', '40', '53', '55', '57', '58'),
  fc.constantFrom(withCode('ECONNRESET'), withCode('EPIPE'), new Error('Connection terminated unexpectedly')),
);

const good: fc.Arbitrary<Message> = fc.constant({ does: 'good' as const }).map((message) => ({ ...message }));
const bad: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ does: fc.constant('throw' as const), error: fc.oneof(ofMessage, ofSystem) }),
  fc.record({ does: fc.constant('fail' as const), error: ofMessage }),
);
const messages = fc.array(fc.oneof(good, bad), { maxLength: 40 });

describe('a batch', () => {
  test('stores each good message once and refuses each bad one, whatever it throws', () =>
    fc.assert(
      fc.asyncProperty(messages, async (batch) => {
        const database = createDatabase();
        await database.take(batch);
        expect(new Set(database.stored)).toEqual(new Set(batch.filter(({ does }) => does === 'good')));
        expect(database.stored).toHaveLength(batch.filter(({ does }) => does === 'good').length);
        expect(new Set(database.refused)).toEqual(new Set(batch.filter(({ does }) => does !== 'good')));
      }),
    ));

  test('refuses no message because of a system error, but throws the error', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(good, { minLength: 1, maxLength: 40 }),
        fc.oneof(ofSystem, classesOf('42', 'XX', 'P0', '0A', '2F'), anyError),
        async (batch, trouble) => {
          fc.pre(trouble !== undefined);
          const database = createDatabase(trouble);
          await expect(database.take(batch)).rejects.toBe(trouble);
          expect(database.refused).toEqual([]);
        },
      ),
    ));

  test('keeps a message that fails because of a lock, a shortage or a shutdown, even when others are stored', () =>
    fc.assert(
      fc.asyncProperty(messages, ofSystem, async (batch, error) => {
        const database = createDatabase();
        const failing: Message = { does: 'fail', error };
        await expect(database.take([...batch, failing])).rejects.toBe(error);
        expect(database.refused).not.toContain(failing);
      }),
    ));
});
