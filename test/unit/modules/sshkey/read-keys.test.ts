import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKeys } from '../../../../modules/sshkey/read-keys.ts';

const KEYS = new URL('../../../fixtures/modules/sshkey/keys/', import.meta.url);
const file = (name: string) => readFileSync(fileURLToPath(new URL(name, KEYS)));

function keysOf(content: string | Buffer, name = 'file') {
  const lines = [...readKeys({ name, content: Buffer.from(content), asMig: false })];
  return lines.filter((line) => line !== 'none');
}

const PUBLIC_KEY = file('ed25519.pub').toString();
const PRIVATE_KEY = file('rsa-pem').toString();
const MEGABYTE = 1024 * 1024;

test('a private key is read behind other text, and in front of a public key', () => {
  const keys = keysOf(`some text\n${PRIVATE_KEY}${PUBLIC_KEY}`);
  expect(keys).toMatchObject([{ type: 'private', encrypted: false }]);
});

test('a block that another one interrupts is skipped', () => {
  expect(keysOf(`-----BEGIN DSA PRIVATE KEY-----\nAAAA\n${PRIVATE_KEY}`)).toMatchObject([
    { type: 'private' },
  ]);
});

test('a block whose end has another type is none', () => {
  expect(keysOf(PRIVATE_KEY.replace('END RSA', 'END DSA'))).toEqual([]);
});

test('options may contain blanks and quotes', () => {
  for (const options of ['no-pty', 'command="a b"', String.raw`command="say \"a b\"",no-pty`]) {
    expect(keysOf(`${options} ${PUBLIC_KEY}`)).toEqual(keysOf(PUBLIC_KEY));
  }
});

test('a line ends at a carriage return', () => {
  expect(keysOf(`${PUBLIC_KEY.trim()}\rgarbage`)).toEqual(keysOf(PUBLIC_KEY));
});

test('a changed byte of a key is no crash, and never another private key', () => {
  const names = ['rsa', 'rsa-pem', 'dsa-pem', 'ec256-pem', 'ec521', 'ed25519-encrypted', 'authorized_keys'];
  const change = fc.record({ name: fc.constantFrom(...names), at: fc.nat(), byte: fc.nat(255) });
  fc.assert(
    fc.property(change, ({ name, at, byte }) => {
      const content = Buffer.from(file(name));
      content[at % content.length] = byte;
      for (const key of keysOf(content, name)) expect(key).toBeDefined();
    }),
    { numRuns: 1000 },
  );
});

test('DER with any lengths is no crash', () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map((rest) => Buffer.concat([Buffer.from([0x30]), rest]));
  const types = fc.constantFrom('RSA', 'DSA', 'EC', 'OPENSSH');
  fc.assert(
    fc.property(types, bytes, (type, der) => {
      const block = `-----BEGIN ${type} PRIVATE KEY-----\n${der.toString('base64')}\n-----END ${type} PRIVATE KEY-----`;
      expect(keysOf(block).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 2000 },
  );
});

test('three megabytes of hostile text take seconds at most', () => {
  const hostile = [
    '-----BEGIN RSA PRIVATE KEY-----\n',
    '-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n',
    '-----BEGIN RSA PRIVATE KEY-----\n-----END DSA PRIVATE KEY-----\n',
    '\n-----END RSA PRIVATE KEY-----',
    'A',
    'A: ',
    '" ',
    String.raw`\"`,
    'ssh-rsa ',
    '\n',
    '\r',
    '30',
    '\u0000',
  ];
  for (const text of hostile) {
    const content = `-----BEGIN RSA PRIVATE KEY-----\n${text.repeat(MEGABYTE / text.length)}\n-----END RSA PRIVATE KEY-----\n`;
    const startedMs = performance.now();
    keysOf(content, 'authorized_keys');
    keysOf(text.repeat(MEGABYTE / text.length), 'authorized_keys');
    keysOf(`ssh-rsa ${text.repeat(MEGABYTE / text.length)}`, 'file');
    expect(performance.now() - startedMs).toBeLessThan(5000);
  }
});

test('DER that is nested a hundred thousand times is refused at its first value', () => {
  const der = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from([0x30, 0x80])));
  const block = `-----BEGIN RSA PRIVATE KEY-----\n${der.toString('base64')}\n-----END RSA PRIVATE KEY-----\n`;
  expect(keysOf(block)).toEqual([]);
});

test('a point that is not on its curve makes no key', () => {
  const line = file('ec256.pub').toString();
  const wire = Buffer.from(line.split(' ')[1] ?? '', 'base64');
  wire[wire.length - 1] = (wire.at(-1) ?? 0) ^ 1;
  expect(keysOf(line)).toHaveLength(1);
  expect(keysOf(`ecdsa-sha2-nistp256 ${wire.toString('base64')}`)).toEqual([]);
});

test('bytes behind a key make none of it', () => {
  const wire = Buffer.from(PUBLIC_KEY.split(' ')[1] ?? '', 'base64');
  expect(keysOf(`ssh-ed25519 ${Buffer.concat([wire, Buffer.of(0, 0, 0)]).toString('base64')}`)).toEqual([]);
});
