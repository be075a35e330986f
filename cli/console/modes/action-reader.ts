import { readAction } from '../../../contract/action.ts';
import { getAction } from '../../../contract/api/actions.ts';
import type { ActionView } from '../../../contract/api-responses.ts';
import { printAction } from '../../action/investigate.ts';
import { countModuleFailures, loadProblems } from '../../action/problems.ts';
import { requireOneOf } from '../../command-line.ts';
import type { CliSession } from '../../session.ts';
import { showAction } from '../../show/show-action.ts';
import { countersLine } from '../../terminal/counters-line.ts';
import { fieldLines } from '../../terminal/field-lines.ts';
import { inflated } from '../action-view.ts';
import { requireId } from '../ids.ts';
import { listCommands, SHOWS } from '../list-commands.ts';
import { type Call, type Mode, type OpenMode, openMode } from '../order.ts';
import { withCommonOrders } from './common-orders.ts';

interface State {
  action: ActionView;
}

const RESULTS = [...SHOWS, 'grouped'] as const;
const TIMES = [
  ['valid from', 'validfrom'],
  ['valid until', 'expireafter'],
  ['started', 'starttime'],
  ['last updated', 'lastupdatetime'],
  ['finished', 'finishtime'],
] as const;

export const ACTION_READER: Mode<State> = withCommonOrders({
  name: 'action reader',
  prompt: ({ action }) => `action ${action.id}`,
  orders: [
    {
      name: 'command',
      usage: 'command <id>',
      summary: 'read one of its commands; exit returns here',
      words: [1, 1],
      complete: (words, known) => (words.length === 1 ? known.ids('command') : []),
      run: ({ words }) => ({ enter: { mode: 'command', word: words[0] ?? '' } }),
    },
    {
      name: 'copy',
      usage: 'copy',
      summary: 'prepare a new action like this one in the launcher',
      run: (_call, { action }) => ({ enter: { mode: 'launcher', template: readAction(action) } }),
    },
    {
      name: 'counters',
      usage: 'counters',
      summary: 'ask again how many agents have answered',
      async run({ session }, state) {
        await reload(session, state);
        session.output.answer(await countersOf(session, state));
        return undefined;
      },
    },
    {
      name: 'details',
      usage: 'details',
      summary: 'print all of the action: target, signers, times, operations',
      async run({ session }, { action }) {
        await showAction(session, action);
        return undefined;
      },
    },
    {
      name: 'investigators',
      usage: 'investigators',
      summary: 'list who signed it, with their keys',
      run({ session: { output } }, { action }) {
        for (const { name, pgpfingerprint } of action.investigators)
          output.answer(`${name} (${pgpfingerprint})`);
        return undefined;
      },
    },
    {
      name: 'json',
      usage: 'json',
      summary: 'print the action as JSON, with inflated parameters',
      run({ session: { output } }, { action }) {
        const view = { ...action, operations: action.operations.map(inflated) };
        output.json(JSON.stringify(view, null, 2));
        return undefined;
      },
    },
    {
      name: 'list',
      usage: 'list [all|found|notfound] [| grep [-v] <regex>]…',
      summary: 'list its commands with status and agent',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? SHOWS : []),
      run: (call, { action }) => listCommands(call, action.id),
    },
    {
      name: 'r',
      usage: 'r',
      summary: 'read the action again',
      async run({ session }, state) {
        await reload(session, state);
        session.output.note(`read again: ${state.action.status}`);
        return undefined;
      },
    },
    {
      name: 'results',
      usage: 'results [all|found|notfound|grouped] [| grep [-v] <regex>]…',
      summary: 'print what the agents answered; all by default',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? RESULTS : []),
      run: printResultsOf,
    },
    {
      name: 'times',
      usage: 'times',
      summary: 'print when it is valid, began and ended',
      run({ session: { output } }, { action }) {
        for (const line of timeLines(action)) output.answer(line);
        return undefined;
      },
    },
  ],
});

export async function openActionReader(session: CliSession, word: string): Promise<OpenMode> {
  const action = await loadAction(session, requireId('action', word));
  const state = { action };
  const { output } = session;
  output.answer(`action ${action.id}: ${action.status}`, 'bold');
  const lines = fieldLines([
    ['name', action.name],
    ['signed by', action.investigators.map(({ name }) => name).join(', ')],
    ['reason', action.reason],
    ['commands', await countersOf(session, state)],
  ]);
  for (const line of lines) output.answer(line);
  return openMode(ACTION_READER, state);
}

async function loadAction({ api }: Pick<CliSession, 'api'>, id: number): Promise<ActionView> {
  return (await api.call(getAction, { actionid: id, failures: true })).action;
}

async function reload(session: CliSession, state: State): Promise<void> {
  state.action = await loadAction(session, state.action.id);
}

async function countersOf({ api }: CliSession, { action }: State): Promise<string> {
  const failures = action.failures ?? countModuleFailures(await loadProblems(api, action));
  return countersLine(action.counters, failures);
}

async function printResultsOf({ session, words }: Call, { action }: State): Promise<undefined> {
  const show = requireOneOf('results: the word after it', words[0] ?? 'all', RESULTS);
  const options = { ...session.options, show };
  await printAction({ ...session, options }, action.id);
}

function timeLines(action: ActionView): string[] {
  return fieldLines(
    TIMES.map(([label, field]) => {
      const time = action[field];
      return [label, typeof time === 'string' ? time : undefined];
    }),
  );
}
