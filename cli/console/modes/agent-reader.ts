import { readRecord } from '../../api/find-record.ts';
import { requireOneOf } from '../../command-line.ts';
import { AgentRecord } from '../../records/agent-table.ts';
import type { CliSession } from '../../session.ts';
import { printAgent, printLastCommands } from '../../show/show-agent.ts';
import { requireId } from '../ids.ts';
import { type Mode, type OpenMode, openMode } from '../order.ts';
import { parseCount, withCommonOrders } from './common-orders.ts';

interface State {
  id: number;
  /** As the API sent it. */
  record: unknown;
}

export const AGENT_READER: Mode<State> = withCommonOrders({
  name: 'agent reader',
  prompt: ({ id }) => `agent ${id}`,
  orders: [
    {
      name: 'details',
      usage: 'details',
      summary: 'read the agent again, and print what it says of itself and its machine',
      async run({ session }, state) {
        state.record = await loadAgent(session, state.id);
        printAgent(session, readRecord('agent', AgentRecord, state.record));
        return undefined;
      },
    },
    {
      name: 'json',
      usage: 'json [pretty]',
      summary: 'print the agent as JSON, on one line or on several',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? ['pretty'] : []),
      run({ words, session: { output } }, { record }) {
        if (words[0] !== undefined) requireOneOf('json: the word after it', words[0], ['pretty']);
        output.json(JSON.stringify(record, null, words[0] === undefined ? 0 : 2));
        return undefined;
      },
    },
    {
      name: 'lastactions',
      usage: 'lastactions [n]',
      summary: 'list what it was asked last; 10 by default',
      words: [0, 1],
      async run({ words, session }, { id }) {
        await printLastCommands(session, { id, max: parseCount('lastactions', words[0]) });
        return undefined;
      },
    },
    {
      name: 'r',
      usage: 'r',
      summary: 'read the agent again',
      async run({ session }, state) {
        state.record = await loadAgent(session, state.id);
        session.output.note(`read again: ${readRecord('agent', AgentRecord, state.record).status}`);
        return undefined;
      },
    },
  ],
});

export async function openAgentReader(session: CliSession, word: string): Promise<OpenMode> {
  const id = requireId('agent', word);
  const record = await loadAgent(session, id);
  const { name, status } = readRecord('agent', AgentRecord, record);
  session.output.answer(`agent ${id}: ${status}`, 'bold');
  session.output.answer(`  name  ${name}`);
  return openMode(AGENT_READER, { id, record });
}

function loadAgent({ api }: Pick<CliSession, 'api'>, id: number): Promise<unknown> {
  return api.get(`agent?agentid=${id}`);
}
