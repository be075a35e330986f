import { AgentView } from '../../../contract/api-responses.ts';
import type { Output } from '../../terminal/output.ts';
import type { RecordList } from '../../terminal/record-list.ts';

const HEADER = 'name; id; status; version; mode; os; arch; pid; starttime; heartbeattime; tags; environment';

/** The lines of MIG's mig-agent-search (spec/clients.md#agent-search), times to the second. */
export function migAgentList(output: Output): RecordList {
  let odd = 0;
  output.answer(HEADER);
  return {
    async add(record) {
      const agent = AgentView.safeParse(record);
      if (agent.success) output.answer(migLine(agent.data));
      else odd++;
      await output.drained();
    },
    end: () => odd,
  };
}

function migLine(agent: AgentView): string {
  const { environment, tags } = agent;
  return [
    agent.name,
    agent.id,
    agent.status,
    agent.version,
    agent.mode,
    environment.os ?? '',
    environment.arch ?? '',
    agent.pid,
    toSecond(agent.starttime),
    toSecond(agent.heartbeatts),
    JSON.stringify(tags),
    JSON.stringify(environment),
  ].join('; ');
}

function toSecond(time: string): string {
  return time.replace(/\.\d+(?=Z|[+-])/, '');
}
