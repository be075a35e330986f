import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCheck } from '../../../contract/compliance.ts';
import { MigError } from '../../../contract/errors.ts';
import { verdictOf } from '../../../contract/rules/verdict.ts';

const OPERATION = { module: 'file', parameters: { searches: {} } };

function check(compliance: unknown, operations: unknown = [OPERATION]) {
  return parseCheck(JSON.stringify({ name: 'a check', target: 'true', operations, compliance }));
}

describe('a check', () => {
  test('without a condition needs all of its requirements', () => {
    expect(check({ expect: ['absent'] })).toMatchObject({ condition: 'all', notchecked: undefined });
    expect(check(undefined)).toMatchObject({ condition: 'all', expectations: ['found'] });
  });

  test.each(['all', 'any', 'none'] as const)('may have the condition %s', (condition) => {
    expect(check({ expect: ['found'], condition }).condition).toBe(condition);
  });

  test('has no other condition', () => {
    expect(() => check({ expect: ['found'], condition: 'most' })).toThrow(/compliance\.condition/);
  });

  test('needs its expectations, unless it says why it is not checked', () => {
    expect(() => check({ condition: 'any' })).toThrow('compliance.expect: is missing');
    expect(() => check({ expect: ['applies', 'unless'] }, [OPERATION, OPERATION])).toThrow(
      "one operation must be 'found' or 'absent'",
    );
  });
});

describe('a check that is not checked', () => {
  test('says why, has no operations, and is never a pass', () => {
    const { expectations, notchecked, action, condition } = check({ notchecked: 'runs a command' }, []);
    expect([expectations, notchecked, action.operations]).toEqual([[], 'runs a command', []]);
    expect(verdictOf([], condition)).toBe('notchecked');
  });

  test('is refused with operations, expectations or a condition', () => {
    expect(() => check({ notchecked: 'why' })).toThrow('compliance.notchecked');
    expect(() => check({ notchecked: 'why', expect: ['found'] }, [])).toThrow('compliance.notchecked');
    expect(() => check({ notchecked: 'why', condition: 'any' }, [])).toThrow('compliance.notchecked');
  });

  test('has a reason of 1 to 1024 characters', () => {
    expect(check({ notchecked: 'x'.repeat(1024) }, []).notchecked).toHaveLength(1024);
    expect(() => check({ notchecked: 'x'.repeat(1025) }, [])).toThrow(/compliance\.notchecked/);
    expect(() => check({ notchecked: '' }, [])).toThrow(/compliance\.notchecked/);
  });
});

test('any JSON is a check or refused by name', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (compliance, operations) => {
      try {
        check(compliance, operations);
      } catch (error) {
        expect(error).toBeInstanceOf(MigError);
      }
    }),
  );
});
