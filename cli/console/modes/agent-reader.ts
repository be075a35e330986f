import { getAgent } from '../../../contract/api/agents.ts';
import type { AgentView } from '../../../contract/api-responses.ts';
import { requireOneOf } from '../../command-line.ts';
import type { CliSession } from '../../session.ts';
import { printAgent, printLastCommands } from '../../show/show-agent.ts';
import { requireId } from '../ids.ts';
import { type Mode, type OpenMode, openMode } from '../order.ts';
import { parseCount, withCommonOrders } from './common-orders.ts';

interface State {
  id: number;
  agent: AgentView;
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
        state.agent = await loadAgent(session, state.id);
        printAgent(session, state.agent);
        return undefined;
      },
    },
    {
      name: 'json',
      usage: 'json [pretty]',
      summary: 'print the agent as JSON, on one line or on several',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? ['pretty'] : []),
      run({ words, session: { output } }, { agent }) {
        if (words[0] !== undefined) requireOneOf('json: the word after it', words[0], ['pretty']);
        output.json(JSON.stringify(agent, null, words[0] === undefined ? 0 : 2));
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
        state.agent = await loadAgent(session, state.id);
        session.output.note(`read again: ${state.agent.status}`);
        return undefined;
      },
    },
  ],
});

export async function openAgentReader(session: CliSession, word: string): Promise<OpenMode> {
  const id = requireId('agent', word);
  const agent = await loadAgent(session, id);
  session.output.answer(`agent ${id}: ${agent.status}`, 'bold');
  session.output.answer(`  name  ${agent.name}`);
  return openMode(AGENT_READER, { id, agent });
}

async function loadAgent({ api }: Pick<CliSession, 'api'>, agentid: number): Promise<AgentView> {
  return (await api.call(getAgent, { agentid })).agent;
}
