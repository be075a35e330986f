import { goQuote } from '../../contract/go/quote.ts';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { Config, findProblem, Parameters } from './schema.ts';

export const examplepersist = defineModule({
  name: 'examplepersist',
  summary: 'example of a persistent module: logs the time, and echoes a text',
  parameters: Parameters,
  findProblem,
  print: printResult,
  loadRun: async () => (await import('./run.ts')).examplepersistRun,
  persistent: {
    config: Config,
    load: async () => (await import('./persistent.ts')).examplepersistPersistent,
  },
  about: {
    intro: `The smallest persistent module: a process that runs as long as the agent, writes the time to the agent's log at
intervals, and answers a query with the text that it was asked. It shows that persistent modules work on an endpoint.`,
    platforms: { linux: 'complete', darwin: 'written, never run', windows: 'not supported' },
    privacy: 'The text of the query comes back. Extra privacy mode masks nothing.',
    example: {
      question: 'Does the process of the module run, and does it answer?',
      args: ['-t', "name LIKE 'web-%'", '-echo', 'hello'],
      result: { ...EMPTY_RESULT, foundanything: true, success: true, elements: { string: 'hello' } },
    },
  },
});

function printResult({ elements, errors }: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const { string } = (elements ?? {}) as { string?: unknown };
  const lines = typeof string === 'string' ? [`echo string was ${goQuote(string)}`] : [];
  return foundOnly ? lines : [...lines, ...(errors ?? [])];
}
