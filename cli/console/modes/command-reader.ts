import { getCommand } from '../../../contract/api/commands.ts';
import type { CommandView } from '../../../contract/api-responses.ts';
import { requireOneOf } from '../../command-line.ts';
import type { CliSession } from '../../session.ts';
import { answerLines } from '../../terminal/result-lines.ts';
import { requireId } from '../ids.ts';
import { type Mode, type OpenMode, openMode } from '../order.ts';
import { withCommonOrders } from './common-orders.ts';

interface State {
  id: number;
  command: CommandView;
}

export const COMMAND_READER: Mode<State> = withCommonOrders({
  name: 'command reader',
  prompt: ({ id }) => `command ${id}`,
  orders: [
    {
      name: 'json',
      usage: 'json',
      summary: 'print the command as JSON',
      run({ session: { output } }, { command }) {
        output.json(JSON.stringify(command, null, 2));
        return undefined;
      },
    },
    {
      name: 'r',
      usage: 'r',
      summary: 'read the command again',
      async run({ session }, state) {
        state.command = await loadCommand(session, state.id);
        session.output.note(`read again: ${state.command.status}`);
        return undefined;
      },
    },
    {
      name: 'results',
      usage: 'results [found] [| grep [-v] <regex>]…',
      summary: 'print what the agent answered; with found only what it found',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? ['found'] : []),
      async run({ words, session: { output } }, { command }) {
        if (words[0] !== undefined) requireOneOf('results: the word after it', words[0], ['found']);
        for (const line of answerLines(command, { foundOnly: words[0] !== undefined })) {
          output.answer(line);
          await output.drained();
        }
        return undefined;
      },
    },
  ],
});

export async function openCommandReader(session: CliSession, word: string): Promise<OpenMode> {
  const id = requireId('command', word);
  const command = await loadCommand(session, id);
  const { status, agent, action } = command;
  session.output.answer(`command ${id}: ${status}`, 'bold');
  session.output.answer(`  agent   ${agent.id} ${agent.name}`);
  session.output.answer(`  action  ${action.id} ${action.name}`);
  return openMode(COMMAND_READER, { id, command });
}

async function loadCommand({ api }: Pick<CliSession, 'api'>, commandid: number): Promise<CommandView> {
  return (await api.call(getCommand, { commandid })).command;
}
