import { expect, test } from 'vitest';
import { demoLinks } from '../../../../dev/demo/demo-links.ts';

test('a demo links to the UI of Temporal only when that outlives the demo', () => {
  const stack = {
    temporal: { address: '127.0.0.1:7233', namespace: 'default', uiUrl: 'http://127.0.0.1:8233' },
  };
  expect(demoLinks(stack, { isLasting: true })(7)).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/action-7',
  );
  expect(demoLinks(stack, { isLasting: false })(7)).toBeUndefined();
});
