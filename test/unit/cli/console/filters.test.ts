import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFilter } from '../../../../cli/console/filters.ts';

const LINES = ['sim-1 [281]', 'sim-2 [282]', 'agent-1 [283]', 'server1.dom1', 'server1.dom3', ''];
const passing = (...commands: string[][]) => LINES.filter(createFilter(commands));

describe('a chain of grep', () => {
  test('without any lets every line pass', () => {
    expect(passing()).toEqual(LINES);
  });

  test('keeps the lines that match each, and none that -v matches', () => {
    expect(passing(['grep', 'sim'])).toEqual(['sim-1 [281]', 'sim-2 [282]']);
    expect(passing(['grep', 'sim'], ['grep', '-v', '-1 '])).toEqual(['sim-2 [282]']);
    expect(passing(['grep', 'server1.(dom1|dom2)'])).toEqual(['server1.dom1']);
    expect(passing(['grep', '^$'])).toEqual(['']);
  });

  test('is the same in any order, and -v is the rest', () => {
    const expression = fc.constantFrom('sim', '^s', '1', 'dom[13]$', '-', 'x', String.raw`\[28[12]\]`);
    const grep = fc
      .tuple(fc.boolean(), expression)
      .map(([isInverse, one]) => ['grep', ...(isInverse ? ['-v'] : []), one]);
    fc.assert(
      fc.property(fc.array(grep), (commands) => {
        expect(passing(...commands)).toEqual(passing(...commands.toReversed()));
        const each = commands.map((command) => passing(command));
        expect(passing(...commands)).toEqual(
          LINES.filter((line) => each.every((lines) => lines.includes(line))),
        );
      }),
    );
    fc.assert(
      fc.property(expression, (one) => {
        const both = [...passing(['grep', one]), ...passing(['grep', '-v', one])];
        expect(both.toSorted()).toEqual(LINES.toSorted());
      }),
    );
  });

  test.each([
    [['sed', 'x'], 'invalid filter "sed x": after | comes grep'],
    [['grep'], 'invalid filter "grep"'],
    [['grep', '-v'], 'invalid filter'],
    [['grep', 'a', 'b'], 'invalid filter "grep a b"'],
    [[], 'invalid filter ""'],
    [['grep', '['], 'missing closing ]'],
    [['grep', 'x'.repeat(5_000)], 'longer than 4096'],
  ])('refuses %j', (command, message) => {
    expect(() => createFilter([command])).toThrow(message);
  });

  test('takes no longer for a line that would make a backtracking engine hang', () => {
    const passes = createFilter([['grep', '^(a+)+$']]);
    const startMs = performance.now();
    expect(passes(`${'a'.repeat(50_000)}!`)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});
