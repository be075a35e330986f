import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collection, collectionParts, item, itemJson } from '../../../../api/http/envelope.ts';

test('a streamed collection equals one written at once', () => {
  const record = fc.record({ name: fc.string(), value: fc.jsonValue(), href: fc.string() });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(record, { minLength: 1 }), (href, records) => {
      const items = records.map((one) => item(one.href, one.name, one.value));
      const { head, tail } = collectionParts(href);
      expect(head + items.map(itemJson).join(',') + tail).toBe(collection(href, { items }));
    }),
  );
});
