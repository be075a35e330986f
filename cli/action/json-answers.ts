import type { CommandView } from '../../contract/api-responses.ts';
import { type AnswerGroup, createAnswerGroups } from './answer-groups.ts';
import { namelessAnswer } from './answer-printers.ts';

/** The answers in the document of `--json`. */
export interface JsonAnswers {
  add(command: CommandView): void;
  fields(): { commands: CommandView[] } | { groups: JsonGroup[]; ungrouped: number };
}

/** Agents that gave the same answer. */
interface JsonGroup {
  /** What `-in` takes. */
  group: string;
  count: number;
  /** The first agents of the group. */
  agents: readonly string[];
  /** The whole answer, also where the text shows only what differs. */
  lines: readonly string[];
}

export function createJsonCommands(): JsonAnswers {
  const commands: CommandView[] = [];
  return {
    add: (command) => void commands.push(command),
    fields: () => ({ commands }),
  };
}

/** Agents that have not answered are in no group; `ungrouped` counts answers beyond what groups may keep. */
export function createJsonGroups(): JsonAnswers {
  const groups = createAnswerGroups();
  return {
    add(command) {
      if ((command.results ?? []).length === 0) return;
      const { agent, lines } = namelessAnswer(command);
      groups.add(agent, lines);
    },
    fields: () => ({ groups: groups.all().map(toJsonGroup), ungrouped: groups.left() }),
  };
}

function toJsonGroup({ key, count, agents, lines }: AnswerGroup): JsonGroup {
  return { group: key, count, agents, lines };
}
