import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MUTATIONS } from '../mutations/mutations.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('each mutation of docs/testing.md still fits the code and names a test that exists', () => {
  for (const { name, file, find, caughtBy } of MUTATIONS) {
    test(name, () => {
      expect(read(file).split(find)).toHaveLength(2);
      expect(read(caughtBy.file)).toContain(caughtBy.test);
      expect(
        read('docs/testing.md')
          .split('\n')
          .filter((line) => line.startsWith(`- **${name}** `)),
      ).toHaveLength(1);
    });
  }
});
