import { type Mutation, services, unit } from './mutation.ts';

export const QUESTION_MUTATIONS: readonly Mutation[] = [
  {
    name: 'another version of a question accepted in the place of one',
    file: 'cli/questions/verify-question.ts',
    find: 'if (question.name !== name || question.version !== version) {',
    replace: "if (question.name === '') {",
    caughtBy: unit('cli/questions/verify-question.test.ts', 'in the place of another version is refused'),
  },
  {
    name: 'an older version of a question accepted as the newest',
    file: 'cli/questions/seen.ts',
    find: 'if (known === undefined || known.version <= shown.version) return;',
    replace: 'if (known === undefined || known.version !== -1) return;',
    caughtBy: unit('cli/questions/verify-question.test.ts', 'refuses an older version as the newest'),
  },
  {
    name: 'placeholders filled by pasting into texts',
    file: 'contract/question/placeholder.ts',
    find: "if (typeof value !== 'object' || value === null) return value;\n  if (isPlaceholder(value)) {",
    replace:
      "if (typeof value === 'string') return value.replaceAll('$parameter', String([...values.values()][0]));\n  if (typeof value !== 'object' || value === null) return value;\n  if (isPlaceholder(value)) {",
    caughtBy: unit('contract/question/fill.test.ts', 'takes its place as it is'),
  },
  {
    name: 'targets of questions that break out of the answers to an earlier action',
    file: 'cli/action/target.ts',
    find: 'if (depth === 0) return;',
    replace: 'if (depth !== 7) return;',
    caughtBy: unit('cli/action/target.test.ts', 'never reaches beyond them'),
  },
  {
    name: 'questions that only the platform knows saved unread',
    file: 'cli/questions/known-signers.ts',
    find: 'if (areOwn || isAsked(asking)) return;',
    replace: "if (areOwn || isAsked(asking) || what !== '') return;",
    caughtBy: services('e2e/questions.test.ts', 'save its own text unread'),
  },
  {
    name: 'questions saved with the signatures of others',
    file: 'api/questions/save-question.ts',
    find: 'await verifyOwnSignature(',
    replace: 'if (keyring.length === 0) await verifyOwnSignature(',
    caughtBy: services('integration/questions.test.ts', 'with the signature of somebody else'),
  },
  {
    name: 'updates of questions lost',
    file: 'platform/postgres/queries/questions.ts',
    find: 'AND $8::text IS NOT DISTINCT FROM (',
    replace: "AND coalesce($8::text, '') IS DISTINCT FROM '-' || (",
    caughtBy: services('integration/questions.test.ts', 'because it was made from another text'),
  },
  {
    name: 'questions of authors whom only the platform knows signed unread',
    file: 'cli/commands/ask.ts',
    find: 'if (areOwn || session.options.printAction) return true;',
    replace: 'if (areOwn || session.options.isSure || !session.options.printAction) return true;',
    caughtBy: services('e2e/questions.test.ts', 'cannot pass off a key of its own'),
  },
];
