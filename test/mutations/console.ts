import { type Mutation, unit } from './mutation.ts';

export const CONSOLE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'credentials sent to another server by a query of the console',
    file: 'cli/console/query-url.ts',
    find: 'url?.origin === base.origin &&',
    replace: 'url !== undefined &&',
    caughtBy: unit('cli/console/query-url.test.ts', 'is refused before anything is sent'),
  },
  {
    name: 'a long output kept in memory while its reader has seen one screen',
    file: 'cli/console/output/paged-output.ts',
    find: 'await flush();\n      await inner.drained();',
    replace: 'await inner.drained();',
    caughtBy: unit('cli/console/output.test.ts', 'ends where its reader quits'),
  },
  {
    name: 'signatures kept when the action of the launcher changes',
    file: 'cli/console/launcher/draft.ts',
    find: 'draft.action = { ...draft.action, ...change, pgpsignatures: [] };',
    replace: 'draft.action = { ...draft.action, ...change };',
    caughtBy: unit('cli/console/draft.test.ts', 'removes the signatures'),
  },
  {
    name: 'an endless history of the console',
    file: 'cli/console/history.ts',
    find: 'if (lines.length > MAX_LINES) lines.shift();',
    replace: 'if (lines.length > 10 * MAX_LINES) lines.shift();',
    caughtBy: unit('cli/console/history.test.ts', 'keeps the last thousand lines'),
  },
];
