import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  appendChunk,
  type PartialFile,
  prepareForBody,
  rangeHeaders,
} from '../../../../modules/upgrade/partial-file.ts';
import { RefusedError } from '../../../../modules/upgrade/refused-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-partial-file-'));
const file = join(folder, 'download');
let partial: PartialFile;

beforeEach(() => {
  partial = { fd: openSync(file, 'w'), bytes: 0, validator: undefined };
});
afterEach(() => {
  closeSync(partial.fd);
  rmSync(file);
});

afterAll(() => rmSync(folder, { recursive: true }));

const response = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, headers });

describe('an interrupted download', () => {
  test('resumes where it ended when the server has sent a strong ETag', () => {
    expect(prepareForBody(partial, response(200, { etag: '"v1"', 'content-length': '10' }))).toBe(10);
    appendChunk(partial, Buffer.from('hello'));
    expect(rangeHeaders(partial)).toEqual({ Range: 'bytes=5-', 'If-Range': '"v1"' });
    expect(prepareForBody(partial, response(206, { 'content-range': 'bytes 5-9/10' }))).toBe(10);
    appendChunk(partial, Buffer.from('world'));
    expect(readFileSync(file, 'utf8')).toBe('helloworld');
  });

  test('starts again when the server sends the whole file, or has only a weak ETag', () => {
    prepareForBody(partial, response(200, { etag: 'W/"v1"' }));
    appendChunk(partial, Buffer.from('a longer text'));
    expect(rangeHeaders(partial)).toEqual({});
    prepareForBody(partial, response(200));
    appendChunk(partial, Buffer.from('short'));
    expect(readFileSync(file, 'utf8')).toBe('short');
  });

  test('refuses another range than the requested one', () => {
    expect(() => prepareForBody(partial, response(206, { 'content-range': 'bytes 7-9/10' }))).toThrow(
      'a different range',
    );
  });
});

test('a busy server may be asked again, one that refuses or sends too much may not', () => {
  const refusal = (answer: Response) => {
    try {
      prepareForBody(partial, answer);
      return 'accepted';
    } catch (error) {
      return error instanceof RefusedError ? 'final' : 'temporary';
    }
  };
  expect([429, 500, 503].map((status) => refusal(response(status)))).toEqual(Array(3).fill('temporary'));
  expect([400, 403, 404].map((status) => refusal(response(status)))).toEqual(Array(3).fill('final'));
  expect(refusal(response(200, { 'content-length': String(500 * 1024 * 1024) }))).toBe('final');
});
