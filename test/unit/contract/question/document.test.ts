import { describe, expect, test } from 'vitest';
import {
  checkQuestionContent,
  MAX_QUESTION_BYTES,
  parseQuestion,
  type Question,
  questionText,
} from '../../../../contract/question/document.ts';
import { patternProblem } from '../../../../platform/re2/pattern-problem.ts';

const QUESTION: Question = {
  name: 'passwd',
  version: 2,
  previous: 'a'.repeat(64),
  comment: 'another folder',
  description: 'files by name',
  target: 'allonline',
  expireafter: '5m',
  parameters: [{ name: 'name', type: 'regex', description: '', required: true }],
  operations: [{ module: 'file', parameters: { searches: { s: { names: [{ $parameter: 'name' }] } } } }],
};

describe('the text of a question', () => {
  test('holds its name and version, and is read back', () => {
    const text = questionText(QUESTION);
    expect(text).toMatch(/^\{"mig":"saved question","name":"passwd","version":2,"previous":"a{64}",/);
    expect(parseQuestion(text)).toEqual(QUESTION);
  });

  test('is refused with another kind, a wrong field, or too many bytes', () => {
    const changed = (change: object) => JSON.stringify({ ...JSON.parse(questionText(QUESTION)), ...change });
    for (const [text, problem] of [
      [changed({ mig: 'inbox note' }), 'mig'],
      [changed({ name: '../x' }), 'name'],
      [changed({ name: '$(id)' }), 'name'],
      [changed({ name: '-y' }), 'name'],
      [changed({ name: 'a b' }), 'name'],
      [changed({ name: 'x'.repeat(65) }), 'name'],
      [changed({ version: 0 }), 'version'],
      [changed({ previous: 'x' }), 'previous'],
      [changed({ expireafter: 'long' }), 'expireafter'],
      [changed({ extra: 1 }), 'extra'],
      [
        changed({ operations: [{ module: 'file', parameters: [] }] }),
        'operations.0.parameters: must be an object',
      ],
      [changed({ operations: [{ module: 'file', parameters: {}, is_compressed: true }] }), 'is_compressed'],
      [changed({ comment: 'x'.repeat(1001) }), 'comment'],
      [changed({ description: 'x'.repeat(MAX_QUESTION_BYTES) }), 'is over 65536 bytes'],
      [`${questionText(QUESTION).slice(0, -1)},"name":"other"}`, 'name'],
    ] as const) {
      expect(() => parseQuestion(text), text.slice(0, 200)).toThrow(problem);
    }
  });
});

describe('a question is refused', () => {
  const operation = (parameters: Record<string, unknown>) => [{ module: 'file', parameters }];
  test.each<[Partial<Question>, string]>([
    [{ operations: [] }, 'there is none'],
    [
      { operations: operation({ a: { $parameter: 'other' } }) },
      'operations.0.parameters.a: there is no parameter other',
    ],
    [{ operations: operation({ $parameter: 'name' }) }, 'a value is no object'],
    [
      { operations: operation({ a: { $parameter: 'name', b: 1 } }) },
      'operations.0.parameters.a: has no field',
    ],
    [{ operations: operation({ a: { $parameter: 5 } }) }, 'operations.0.parameters.a'],
    [{ operations: operation({ a: 1 }) }, 'parameter name: no operation has a placeholder for it'],
    [
      { operations: operation({ a: Array.from({ length: 257 }, () => ({ $parameter: 'name' })) }) },
      'over 256 placeholders',
    ],
    [{ parameters: [...QUESTION.parameters, ...QUESTION.parameters] }, 'parameter name: is declared twice'],
  ])('%#: %s', (change, problem) => {
    expect(() => checkQuestionContent({ ...QUESTION, ...change }, patternProblem)).toThrow(problem);
  });

  test.each<[object, string]>([
    [{ required: true, default: 'x' }, 'a required parameter has no default'],
    [{ default: '(' }, "its default Invalid regexp '('"],
    [{ type: 'integer', example: 'x' }, 'its example must be a whole number'],
    [{ type: 'choice' }, 'a choice needs choices'],
    [{ choices: ['a'] }, 'only a choice has choices'],
    [{ type: 'choice', choices: ['a'], default: 'b' }, 'its default must be one of a'],
  ])('for a parameter %j', (fields, problem) => {
    const parameters = [
      { name: 'name', type: 'regex' as const, description: '', required: false, ...fields },
    ];
    expect(() => checkQuestionContent({ ...QUESTION, parameters }, patternProblem)).toThrow(problem);
  });
});
