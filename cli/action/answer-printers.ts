import type { CommandView } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import type { GlobalOptions } from '../options.ts';
import type { Output } from '../terminal/output.ts';
import { answerLines, stableLines } from '../terminal/result-lines.ts';
import {
  type AnswerGroup,
  answerKey,
  createAnswerGroups,
  differenceLines,
  groupHeader,
  groupSummary,
} from './answer-groups.ts';

type Shown = Pick<GlobalOptions, 'show' | 'answer'>;

/** The values of `foundanything` to ask for. Agents that found nothing give an answer like any other to a group. */
export function filtersOf({ show, answer }: Shown): boolean[] {
  if (show === 'all' || show === 'grouped' || answer !== undefined) return [true, false];
  return [show === 'found'];
}

export function whatIsCounted({ show, answer }: Shown): string {
  if (answer !== undefined) return `given the answer ${answer}`;
  return { found: 'found results', notfound: 'not found results', all: 'answered', grouped: 'answered' }[
    show
  ];
}

/** Prints the answers of an action as the options ask. `add` says whether the answer counts. */
export interface AnswerPrinter {
  add(command: CommandView, isFound: boolean): Promise<boolean>;
  end(actionId: number): void;
}

export function createAnswerPrinter({ output, options }: { output: Output; options: Shown }): AnswerPrinter {
  if (options.answer !== undefined) return printAgentsOf(output, options.answer);
  if (options.show === 'grouped') return printGroups(output);
  return {
    async add(command, isFound) {
      for (const line of answerLines(command, { foundOnly: options.show === 'found' })) {
        output.answer(line, isFound ? 'green' : 'dim');
      }
      await output.drained();
      return true;
    },
    end() {},
  };
}

function printGroups(output: Output): AnswerPrinter {
  const groups = createAnswerGroups();
  return {
    async add(command) {
      const { agent, lines } = namelessAnswer(command);
      groups.add(agent, lines);
      return true;
    },
    end(actionId) {
      const all = groups.all();
      for (const group of all) {
        output.answer(groupHeader(group), 'bold');
        for (const line of linesOfGroup(group, all[0])) output.answer(`  ${line}`);
      }
      const summary = groupSummary(all, groups.left());
      if (summary !== undefined) output.note(summary);
      const last = all.at(-1);
      if (last) output.note(`mig results ${actionId} -in ${last.key} lists the agents of a group`);
    },
  };
}

/** Of the largest group all lines, of the others what differs from them. */
function linesOfGroup(group: AnswerGroup, largest: AnswerGroup | undefined): readonly string[] {
  if (largest === undefined || group === largest) return group.lines;
  return differenceLines(largest.lines, group.lines);
}

/** Lists the agents of one group, whose key begins with some digits. */
function printAgentsOf(output: Output, digits: string): AnswerPrinter {
  let found: string | undefined;
  return {
    async add(command) {
      const { agent, lines } = namelessAnswer(command);
      const key = answerKey(lines);
      if (!key.startsWith(digits)) return false;
      found ??= key;
      if (key !== found)
        throw new MigError('usage', `-in ${digits}: several groups begin so, such as ${found} and ${key}`);
      output.answer(agent);
      await output.drained();
      return true;
    },
    end(actionId) {
      if (found !== undefined) return;
      output.note(
        `no group has a key that begins with ${digits}: mig results ${actionId} -group lists the groups`,
      );
    },
  };
}

/** What an agent has found, in lines that do not name it. Statistics would make every answer another one. */
export function namelessAnswer(command: CommandView): { agent: string; lines: string[] } {
  const lines = stableLines(command);
  return { agent: command.agent.name, lines: lines.length > 0 ? lines : ['found nothing'] };
}
