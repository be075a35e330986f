import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHistory } from '../../../../cli/console/history.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-history-'));
  file = join(folder, '.mig_history');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inFile = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);

describe('the history', () => {
  test('is read again as it was written, by its owner alone', () => {
    const history = openHistory(file);
    for (const line of ['status', 'search agent', 'status']) history.add(line);
    expect(history.save()).toBeUndefined();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(openHistory(file).lines).toEqual(['status', 'search agent', 'status']);
  });

  test('keeps the last thousand lines, in the file, too', () => {
    const history = openHistory(file);
    for (let n = 0; n < 2_500; n++) history.add(`action ${n}`);
    history.save();
    expect(history.lines).toHaveLength(1_000);
    expect(history.lines.at(-1)).toBe('action 2499');
    for (let n = 0; n < 300; n++) {
      history.add(`agent ${n}`);
      history.save();
    }
    expect(inFile()).toHaveLength(1_000);
    expect(inFile().at(-1)).toBe('agent 299');
    expect(inFile()[0]).toBe('action 1800');
  });

  test('never keeps a line that a terminal would obey, an empty or endless one, or the same twice in a row', () => {
    const line = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('x'), fc.constant('y'.repeat(5_000)));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const history = openHistory(undefined);
        for (const one of lines) history.add(one);
        expect(history.save()).toBeUndefined();
        for (const [index, kept] of history.lines.entries()) {
          expect(kept).toMatch(/^[^\p{Cc}]{1,4096}$/u);
          expect(kept).not.toBe(history.lines[index - 1]);
          expect(lines.map((one) => one.trim())).toContain(kept);
        }
      }),
    );
  });

  test('keeps what another console has added meanwhile', () => {
    const one = openHistory(file);
    const other = openHistory(file);
    one.add('from one');
    one.save();
    other.add('from the other');
    other.save();
    one.add('again');
    one.save();
    expect(inFile()).toEqual(['from one', 'from the other', 'again']);
  });

  test('begins anew when its file is no file, or far too large; a folder that cannot be written is no failure', () => {
    writeFileSync(file, 'x'.repeat(9 * 1024 * 1024));
    expect(openHistory(file).lines).toEqual([]);
    const history = openHistory(join(folder, 'file', 'below'));
    writeFileSync(join(folder, 'file'), '');
    history.add('status');
    expect(history.save()).toMatch(/below cannot be written: /);
    expect(history.lines).toEqual(['status']);
  });

  test('makes a file that others could read private', () => {
    writeFileSync(file, 'status\n');
    chmodSync(file, 0o644);
    const history = openHistory(file);
    history.add('exit');
    history.save();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(inFile()).toEqual(['status', 'exit']);
  });
});
