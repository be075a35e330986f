import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readJob } from '../../../../modules/persistence/darwin/launchd.ts';
import { parsePlist } from '../../../../modules/persistence/darwin/parse-plist.ts';
import { DamagedPlist, type PlistValue } from '../../../../modules/persistence/darwin/plist-value.ts';

const FIXTURES = new URL('../../../fixtures/modules/persistence/', import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, FIXTURES));
const ofXml = (body: string) => parsePlist(Buffer.from(`<plist version="1.0">${body}</plist>`));

function dictionaryOf(value: PlistValue): Record<string, unknown> {
  if (!(value instanceof Map)) throw new Error('no dictionary');
  return Object.fromEntries(value);
}

describe('a job of launchd', () => {
  test('in XML has its command, its entities decoded, and the libraries that it loads', () => {
    expect(readJob(parsePlist(fixture('agent.plist')))).toEqual({
      label: 'com.example.agent',
      user: undefined,
      isDisabled: false,
      commands: ['/bin/sh -c curl http://x && echo <<'],
      libraries: ['/tmp/evil.dylib'],
    });
  });

  test('in the binary format has its program instead of the first argument, and its user', () => {
    expect(readJob(parsePlist(fixture('daemon.plist')))).toEqual({
      label: 'com.example.daemon',
      user: '_www',
      isDisabled: true,
      commands: ['/usr/local/bin/daemon -f über'],
      libraries: [],
    });
  });

  test('without what it needs has no command', () => {
    expect(readJob(ofXml('<dict><key>ProgramArguments</key><string>x</string></dict>')).commands).toEqual([]);
    expect(readJob(ofXml('<array/>'))).toMatchObject({ label: undefined, commands: [] });
  });
});

test('numbers, dates and nested values of the binary format are read', () => {
  const job = dictionaryOf(parsePlist(fixture('daemon.plist')));
  expect(job).toMatchObject({ Nice: -5, ThrottleInterval: 70_000, Big: 2 ** 40, Ratio: 0.5, Data: '' });
  expect(job.StartCalendarInterval).toHaveLength(20);
  expect(dictionaryOf((job.StartCalendarInterval as PlistValue[])[19] as PlistValue)).toEqual({
    Hour: 3,
    Minute: 19,
  });
});

test('empty elements, CDATA and a byte order mark of XML are read', () => {
  const xml =
    '\ufeff<?xml version="1.0"?><plist><array><string/><dict/><true></true><real>0.5</real><string><![CDATA[<&]]></string></array></plist>';
  expect(parsePlist(Buffer.from(xml))).toEqual(['', new Map(), true, 0.5, '<&']);
});

describe('a damaged list is refused', () => {
  test.each([
    ['a key without a value', '<dict><key>a</key></dict>', '</dict> where a value belongs'],
    ['a value without a key', '<dict><string>a</string></dict>', '<string> where <key> belongs'],
    ['a tag within a text', '<string>a<true/></string>', '<true> within <string>'],
    ['an entity of its own', '<string>&evil;</string>', 'no entity &evil;'],
    ['a number that is no character', '<string>&#x110000;</string>', 'no character'],
    ['no end', '<string>a<!--', 'no XML at character'],
    ['a text outside of a value', 'x<true/>', 'a text where a tag belongs'],
    ['an unknown value', '<other/>', '<other> is no value'],
    ['declarations', '<!DOCTYPE plist [<!ENTITY x "y">]>', 'no XML at character'],
    ['too many levels', '<array>'.repeat(40), 'more than 32 levels'],
    ['too many values', `<array>${'<true/>'.repeat(30_000)}</array>`, 'more than 20000 values'],
  ])('that has %s', (_, body, why) => {
    expect(() => ofXml(body)).toThrow(DamagedPlist);
    expect(() => ofXml(body)).toThrow(why);
  });

  test('that ends within a value', () => {
    expect(() => parsePlist(Buffer.from('<plist><array><true/>'))).toThrow('it ends too early');
  });

  test('in the binary format by its own numbers, wherever it is cut', () => {
    const whole = fixture('daemon.plist');
    for (let length = 8; length < whole.length; length++) {
      expect(() => parsePlist(whole.subarray(0, length))).toThrow(DamagedPlist);
    }
  });

  test('when its lists refer to each other again and again', () => {
    expect(() => parsePlist(listOfLists(16))).toThrow('more than 20000 values');
    expect(() => parsePlist(listOfLists(1, 0))).toThrow('more than 32 levels');
  });
});

/** Lists of four references each to the next list; the last one refers to `last`. */
function listOfLists(levels: number, last = levels): Buffer {
  const objects = Array.from({ length: levels }, (_, index) => {
    const next = index === levels - 1 ? last : index + 1;
    return Buffer.from([0xa4, next, next, next, next]);
  });
  const body = Buffer.concat([Buffer.from('bplist00'), ...objects, Buffer.from([0x09])]);
  const offsets = Buffer.from([...objects.map((_, index) => 8 + index * 5), body.length - 1]);
  const trailer = Buffer.alloc(32);
  trailer.set([1, 1], 6);
  trailer.writeBigUInt64BE(BigInt(offsets.length), 8);
  trailer.writeBigUInt64BE(BigInt(body.length), 24);
  return Buffer.concat([body, offsets, trailer]);
}
