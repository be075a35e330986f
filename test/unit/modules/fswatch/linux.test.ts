import { describe, expect, test } from 'vitest';
import { translate, WatchTable } from '../../../../modules/fswatch/linux.ts';
import { IN, parseInotifyEvents } from '../../../../platform/machine/inotify.ts';

const event = (mask: number, name = '', watch = 1) => ({ watch, mask, name: Buffer.from(name) });

function tableOf(...paths: string[]): WatchTable {
  const table = new WatchTable();
  for (const path of paths) table.add(1, path);
  return table;
}

describe('events of inotify', () => {
  test('name what happened to which path', () => {
    const table = tableOf('/bin');
    const kinds: [number, string, string | undefined][] = [
      [IN.CREATE, 'x', 'created'],
      [IN.MOVED_TO, 'x', 'created'],
      [IN.MODIFY, 'x', 'written'],
      [IN.DELETE, 'x', 'removed'],
      [IN.MOVED_FROM, 'x', 'removed'],
      [IN.DELETE_SELF, '', 'removed'],
      [IN.MOVE_SELF, '', 'removed'],
      [IN.ATTRIB, 'x', undefined],
      [IN.ATTRIB, '', undefined],
    ];
    for (const [mask, name, kind] of kinds) {
      const path = name === '' ? '/bin' : `/bin/${name}`;
      expect(translate(event(mask, name), table)).toEqual(kind === undefined ? [] : [{ kind, path }]);
    }
    expect(translate(event(IN.Q_OVERFLOW, '', -1), table)).toEqual([{ kind: 'lost' }]);
  });

  test('of a watch that is gone are dropped', () => {
    const table = tableOf('/bin');
    expect(translate(event(IN.IGNORED), table)).toEqual([]);
    expect(translate(event(IN.MODIFY, 'x'), table)).toEqual([]);
  });

  test('of an object with two paths carry the first, and the watch stays until both are removed', () => {
    const table = tableOf('/bin', '/usr/bin');
    expect(translate(event(IN.MODIFY, 'x'), table)).toEqual([{ kind: 'written', path: '/bin/x' }]);
    expect(table.removePath('/bin')).toBeUndefined();
    expect(table.pathOf(1)).toBe('/usr/bin');
    expect(table.removePath('/usr/bin')).toBe(1);
    expect(table.removePath('/usr/bin')).toBeUndefined();
  });

  test('a removed link of a file that is still open is a removal', () => {
    expect(translate(event(IN.ATTRIB), tableOf('/none/at/all'))).toEqual([
      { kind: 'removed', path: '/none/at/all' },
    ]);
  });

  test('are read one after the other, with names of any bytes, and never beyond the buffer', () => {
    const one = (watch: number, mask: number, name: Buffer) => {
      const header = Buffer.alloc(16);
      header.writeInt32LE(watch, 0);
      header.writeUInt32LE(mask, 4);
      header.writeUInt32LE(name.length, 12);
      return Buffer.concat([header, name]);
    };
    const name = Buffer.from([0x61, 0xff, 0xfe, 0, 0, 0, 0, 0]);
    const bytes = Buffer.concat([one(1, IN.CREATE, name), one(-1, IN.Q_OVERFLOW, Buffer.alloc(0))]);
    expect(parseInotifyEvents(bytes, bytes.length)).toEqual([
      { watch: 1, mask: IN.CREATE, name: Buffer.from([0x61, 0xff, 0xfe]) },
      { watch: -1, mask: IN.Q_OVERFLOW, name: Buffer.alloc(0) },
    ]);
    for (let end = 0; end <= bytes.length; end++) parseInotifyEvents(bytes, end);
  });
});
