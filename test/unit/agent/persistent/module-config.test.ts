import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { moduleConfigFrom, readModuleConfig } from '../../../../agent/persistent/module-config.ts';
import { option, readOptions } from '../../../../modules/option.ts';
import { parseIni } from '../../../../platform/files/ini.ts';

const settings = readOptions(
  z.object({
    Paths: z.object({ Path: z.array(z.string()).register(option, { text: 'a path' }) }),
    dispatch: z.object({
      httpurl: z.string().register(option, { text: 'a URL' }),
      channelsize: z.number().register(option, { text: 'a number' }),
      outputmozdef: z.boolean().register(option, { text: 'a switch' }),
    }),
  }),
);
const read = (text: string) => moduleConfigFrom(parseIni(text), settings);
const folder = mkdtempSync(join(tmpdir(), 'mig-module-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the settings of a module', () => {
  test('have the names and types that the config message has, in whatever case they are written', () => {
    expect(
      read(`[paths]
path = /a
PATH = "recursive:/b"
[Dispatch]
httpurl = "https://x/"
channelsize = 12
outputmozdef
`),
    ).toEqual({
      config: {
        Paths: { Path: ['/a', 'recursive:/b'] },
        dispatch: { httpurl: 'https://x/', channelsize: 12, outputmozdef: true },
      },
      problems: [],
    });
  });

  test('do not count when they are unknown or wrong, and are named', () => {
    expect(
      read('[path]\nx = 1\n[dispatch]\nhttpurll = x\nchannelsize = 1.5\noutputmozdef = maybe\n'),
    ).toEqual({
      config: {},
      problems: [
        '[path] is no section; did you mean paths?',
        '[dispatch] httpurll is no setting; did you mean httpurl?',
        '[dispatch] channelsize: "1.5" is not a whole number; the default is used',
        '[dispatch] outputmozdef: "maybe" is neither true nor false; the default is used',
      ],
    });
  });

  test('of any file are read or refused, never worse', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        writeFileSync(join(folder, 'any.cfg'), text);
        expect(readModuleConfig(join(folder, 'any.cfg'), settings).problems).toBeInstanceOf(Array);
      }),
    );
  });

  test('have their defaults where the file is missing, empty, damaged or a folder', () => {
    expect(readModuleConfig(join(folder, 'none.cfg'), settings)).toEqual({ config: {}, problems: [] });
    const damaged = join(folder, 'damaged.cfg');
    writeFileSync(damaged, 'what is this\n');
    expect(readModuleConfig(damaged, settings)).toEqual({
      config: {},
      problems: [`${damaged}: line 1: not a section, a key or a comment; its settings do not count`],
    });
    expect(readModuleConfig(folder, settings)).toEqual({
      config: {},
      problems: [`${folder}: cannot be read: it is a folder; its settings do not count`],
    });
  });
});
