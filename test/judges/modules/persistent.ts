import type { ModuleQuestions, Question } from '../question.ts';

/** Modules of which a part runs as long as the agent. Here that part does not run. */
export const persistentQuestions: readonly ModuleQuestions[] = (
  [
    ['audit', [{}]],
    ['dispatch', [{}]],
    ['examplepersist', [{ string: 'x' }, { string: '' }, { string: 5 }]],
    ['fswatch', [{}]],
  ] as const
).map(([module, parameters]) => ({
  module,
  async open() {
    return parameters.map(
      (one): Question => ({
        what: `without the part that runs: ${JSON.stringify(one)}`,
        parameters: one,
      }),
    );
  },
}));
