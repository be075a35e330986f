import { z } from 'zod';
import { MAX_QUESTION_BYTES, QuestionName } from '../question/document.ts';
import { QuestionView } from '../question/view.ts';
import { SIGNATURE_ERRORS } from './error-sets.ts';
import { formBytes, limit, offset, recordId, SIGNATURE_FORM } from './parameters.ts';
import { any, defineRoute, one } from './route.ts';

/*
 * A saved question is the text of an action that nobody has launched. So the permissions are those for actions: whoever
 * may read actions may read questions, and whoever may create actions may save and remove them.
 */

const name = QuestionName.describe('the name of the question');
const version = recordId('Question').describe('the number of the version');
const question = { question: one('question', QuestionView) };
const questions = { questions: any('question', QuestionView) };

export const getQuestion = defineRoute({
  method: 'GET',
  path: '/question',
  summary:
    'One version of a saved question: the newest, or any. Old versions stay when a question is removed.',
  access: 'action',
  parameters: z.object({ name, version: version.optional() }),
  answer: { kind: 'items', status: 200, items: question },
  errors: ['not_found'],
});

export const listQuestions = defineRoute({
  method: 'GET',
  path: '/question/list',
  summary:
    'The newest version of each saved question that is not removed, by name; at most 100 in an answer.',
  access: 'action',
  parameters: z.object({
    search: z.string().max(200).optional().describe('a part of the name or of the description, of any case'),
    limit: limit(100),
    offset,
  }),
  answer: { kind: 'items', status: 200, items: questions },
});

export const listQuestionVersions = defineRoute({
  method: 'GET',
  path: '/question/versions',
  summary: 'The versions of a saved question, the newest first; at most 100 in an answer.',
  access: 'action',
  parameters: z.object({ name, limit: limit(100), offset }),
  answer: { kind: 'items', status: 200, items: questions },
  errors: ['not_found'],
});

const change = { method: 'POST', access: 'action_create' } as const;

export const saveQuestion = defineRoute({
  ...change,
  path: '/question/save/',
  summary: 'Saves the next version of a question, signed by the caller. The same again has no effect.',
  audit: 'question_saved',
  maxBytes: formBytes(MAX_QUESTION_BYTES),
  parameters: z.object({
    question: z.string().describe('the version as JSON, byte for byte as it was signed'),
    signature: z.string().max(16_384, 'is too long').describe(`by the caller: ${SIGNATURE_FORM}`),
  }),
  answer: { kind: 'items', status: 201, items: question },
  errors: [...SIGNATURE_ERRORS, 'conflict', 'forbidden'],
});

export const removeQuestion = defineRoute({
  ...change,
  path: '/question/remove/',
  summary: 'Removes a question from the list. Its versions stay readable, and the next one brings it back.',
  audit: 'question_removed',
  parameters: z.object({ name, version: version.describe('the newest version that the caller has seen') }),
  answer: { kind: 'items', status: 200, items: question },
  errors: ['not_found', 'conflict'],
});
