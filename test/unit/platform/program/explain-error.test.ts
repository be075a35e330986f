import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { MigError } from '../../../../contract/errors.ts';
import { explainError } from '../../../../platform/program/explain-error.ts';

const thrown = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

test('an error that an operator can fix is explained in a sentence, a defect of ours is not', async () => {
  expect(explainError(new MigError('config_invalid', 'MIG_X: is not set'))).toBe('MIG_X: is not set');
  expect(explainError(thrown(() => readFileSync('/nowhere/at-all')))).toBe('/nowhere/at-all does not exist');
  expect(explainError(thrown(() => writeFileSync('/dev/full', 'x')))).toMatch(/^the disk is full/);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const [taken] = await once(createServer().listen(port, '127.0.0.1'), 'error');
  expect(explainError(taken)).toBe(`cannot listen on 127.0.0.1:${port}: the port is taken`);
  server.close();
  await once(server, 'close');
  const [refused] = await once(connect(port, 'localhost'), 'error');
  expect(explainError(refused)).toMatch(/^cannot connect to (127\.0\.0\.1|::1):\d+: nothing listens there$/);
  const postgres = Object.assign(new Error('password authentication failed'), { code: '28P01' });
  expect(explainError(postgres)).toBe('PostgreSQL refuses: password authentication failed');
  for (const defect of [new TypeError('x is not a function'), new Error('no'), 'text', undefined, null])
    expect(explainError(defect)).toBeUndefined();
});
