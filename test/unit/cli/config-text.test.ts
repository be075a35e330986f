import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configText } from '../../../cli/config-text.ts';
import { parseIni } from '../../../platform/files/ini.ts';

test('a written configuration is read as it was meant, whatever is in its paths', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.option(fc.string(), { nil: undefined }),
      (apiUrl, keyFile) => {
        fc.pre(!/[\r\n\0]/.test(apiUrl + (keyFile ?? '')));
        const keyId = 'A'.repeat(40);
        const ini = parseIni(configText({ apiUrl, keyId, keyFile }));
        expect(ini.get('api')?.get('url')).toEqual([apiUrl]);
        expect(ini.get('gpg')?.get('keyid')).toEqual([keyId]);
        expect(ini.get('gpg')?.get('keyfile')).toEqual(keyFile === undefined ? undefined : [keyFile]);
      },
    ),
  );
});

test.each(['a\nb', 'a\rb', 'a\0b'])('%j cannot be written', (keyFile) => {
  expect(() => configText({ apiUrl: 'https://mig', keyId: '', keyFile })).toThrow('cannot be written');
});
