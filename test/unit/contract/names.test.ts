import { expect, test } from 'vitest';
import { MAX_QUEUE_NAME_BYTES } from '../../../contract/limits.ts';
import { isQueueloc, processQueue } from '../../../contract/names.ts';

test('the queue name of every process is within the limit of AMQP', () => {
  const [os, uid] = ['a'.repeat(15), 'b'.repeat(220)];
  expect(isQueueloc(`${os}.${uid}`)).toBe(true);
  expect(processQueue(`${os}.${uid}`, 2_147_483_647)).toHaveLength(MAX_QUEUE_NAME_BYTES);
  expect(isQueueloc(`${os}a.${uid}`)).toBe(false);
  expect(isQueueloc(`${os}.${uid}b`)).toBe(false);
});
