import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerKey,
  createAnswerGroups,
  differenceLines,
  groupHeader,
  groupSummary,
} from '../../../../cli/action/answer-groups.ts';

const answers = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', ' of it'), { maxLength: 3 }), {
  maxLength: 60,
});

describe('answer groups', () => {
  test('count every agent once, the largest group first', () => {
    fc.assert(
      fc.property(answers, (given) => {
        const groups = createAnswerGroups();
        for (const [index, lines] of given.entries()) groups.add(`agent-${index}`, lines);
        const all = groups.all();
        const counts = all.map(({ count }) => count);
        expect(counts.reduce((sum, count) => sum + count, groups.left())).toBe(given.length);
        expect(counts).toEqual([...counts].sort((one, other) => other - one));
        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
        for (const { key, lines, count, agents } of all) {
          expect(answerKey(lines)).toBe(key);
          expect(agents.length).toBe(Math.min(count, 5));
          expect(given.filter((other) => answerKey(other) === key).length).toBe(count);
        }
      }),
    );
  });

  test('do not depend on the order of findings, but on what belongs to each', () => {
    expect(answerKey(['x', 'y'])).toBe(answerKey(['y', 'x']));
    expect(answerKey(['x', '  1', 'y', '  2'])).toBe(answerKey(['y', '  2', 'x', '  1']));
    expect(answerKey(['x', '  1', 'y', '  2'])).not.toBe(answerKey(['x', '  2', 'y', '  1']));
    expect(answerKey(['x', 'y'])).not.toBe(answerKey(['x\ny']));
  });

  test('are bounded in number and bytes, and say how many agents were left', () => {
    const few = createAnswerGroups({ maxGroups: 2 });
    for (const line of ['a', 'b', 'c', 'a', 'd']) few.add('web1', [line]);
    expect(few.all().map(({ count }) => count)).toEqual([2, 1]);
    expect(few.left()).toBe(2);
    expect(groupSummary(few.all(), few.left())).toBe('2 agents: the same; 3 differ, in more than 1 answers');
    const small = createAnswerGroups({ maxBytes: 45 });
    for (const line of ['12345', '6', '12345']) small.add('web1', [line]);
    expect(small.all().map(({ count }) => count)).toEqual([2]);
    expect(small.left()).toBe(1);
    const empty = createAnswerGroups({ maxBytes: 1_000_000 });
    for (let i = 1; i <= 100; i++) empty.add('web1', new Array(i * 1000).fill(''));
    expect(empty.all().reduce((sum, { lines }) => sum + lines.length, 0)).toBeLessThan(40_000);
    expect(empty.left()).toBeGreaterThan(90);
  });

  test('show what differs from the most common answer', () => {
    const common = ['a', 'b', ' of b', 'c', 'c'];
    expect(differenceLines(common, ['c', 'b', ' of b', 'x', 'a'])).toEqual(['- c', '+ x']);
    expect(differenceLines(common, ['a', 'b', ' other', 'c', 'c'])).toEqual([
      '- b',
      '-  of b',
      '+ b',
      '+  other',
    ]);
    expect(differenceLines(common, ['found nothing'])).toEqual(['found nothing']);
  });

  test('show differences from which the answer can be made of the most common one', () => {
    const findings = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 });
    fc.assert(
      fc.property(findings, findings, (common, lines) => {
        const difference = differenceLines(common, lines);
        if (!lines.some((line) => common.includes(line))) {
          expect(difference).toEqual(lines);
          return;
        }
        const made: string[] = [...common];
        for (const line of difference) {
          if (line.startsWith('+ ')) made.push(line.slice(2));
          else made.splice(made.indexOf(line.slice(2)), 1);
        }
        expect(made.sort()).toEqual([...lines].sort());
      }),
    );
  });

  test('are summed up in one line', () => {
    const groups = createAnswerGroups();
    expect(groupSummary(groups.all(), 0)).toBeUndefined();
    for (let i = 0; i < 9; i++) groups.add(`web${i}`, ['open']);
    expect(groupSummary(groups.all(), 0)).toBe('9 agents: the same');
    groups.add('db1', ['closed']);
    expect(groupSummary(groups.all(), 0)).toBe('9 agents: the same; 1 differs, in 1 answer');
    expect(groups.all().map(groupHeader)).toEqual([
      `9 agents [${answerKey(['open'])}]: web0, web1, web2, web3, web4, and 4 more`,
      `1 agent [${answerKey(['closed'])}]: db1`,
    ]);
  });
});
