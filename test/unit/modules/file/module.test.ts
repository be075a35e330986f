import fc from 'fast-check';
import { expect, test } from 'vitest';
import { file } from '../../../../modules/file/module.ts';

const fileinfo = { size: 1, mode: '-rw-r--r--', lastmodified: '2026-01-15 00:00:00 +0000 UTC' };

test('the matches of a search are printed, whatever its name', () => {
  const label = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', '0'), fc.string());
  fc.assert(
    fc.property(fc.uniqueArray(label, { minLength: 1, maxLength: 5 }), (labels) => {
      const elements = Object.fromEntries(
        labels.map((name, i) => [
          name,
          [{ file: `/file-${i}`, search: { options: { matchall: true } }, fileinfo }],
        ]),
      );
      const result = { foundanything: true, success: true, elements, statistics: null, errors: null };
      const lines = file.print(JSON.parse(JSON.stringify(result)), { foundOnly: true });
      expect(lines).toHaveLength(labels.length);
      for (const [i, name] of labels.entries()) {
        expect(lines).toContainEqual(
          `/file-${i} [lastmodified:${fileinfo.lastmodified}, mode:${fileinfo.mode}, size:1] in search '${name}'`,
        );
      }
    }),
  );
});
