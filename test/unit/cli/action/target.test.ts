import { describe, expect, test } from 'vitest';
import { buildTarget } from '../../../../cli/action/target.ts';
import { parseGlobalOptions } from '../../../../cli/arguments.ts';

const narrowed = (target: string, narrowing: object = { targetFound: '7' }) =>
  buildTarget({ ...parseGlobalOptions([], {}).options, target, ...narrowing }, new Map([['all', 'true']]));

describe('a target within the answers to an earlier action', () => {
  test.each([
    'true',
    'all',
    "name LIKE 'web)%' OR (name='it''s (' AND true)",
    `"name" = E'\\')' OR environment->>'os' ~ 'x\\'`,
    "name like'a\\' OR (true)",
  ])('is any whole condition: %s', (target) => {
    expect(narrowed(target)).toMatch(/^queueloc IN \(.* AND \([\s\S]*\)$/);
  });

  test.each([
    'true) OR (true',
    '(true)) OR ((true)',
    "name='x') OR ('a'='a'",
    "name=E'\\'') OR (true OR name=E'\\''",
    "name like'\\') OR (true OR name like'x'",
    'true --',
    'true /* ) OR ( */',
    '$$)$$ = name',
    "name='x",
    '(true',
  ])('never reaches beyond them: %s', (target) => {
    for (const narrowing of [{ targetFound: '7' }, { targetNotFound: '7' }])
      expect(() => narrowed(target, narrowing)).toThrow('is no whole condition');
  });
});
