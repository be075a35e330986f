import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { parseCommandLine } from '../command-line.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';
import { listRecords } from '../show/list-records.ts';
import { FORMAT_FLAGS, readFormat } from '../terminal/output-format.ts';
import { agentsConfigCommand } from './agents/config.ts';
import { countAgentsCommand } from './agents/count.ts';
import { searchAgentsCommand } from './agents/search.ts';
import { removeCommand } from './remove.ts';
import { showCommandLine } from './show.ts';

const ORDERS = ['search', 'show', 'remove', 'count', 'config'] as const;

/** `mig agents …` */
export async function agentsCommand(args: readonly string[]): Promise<number> {
  const [order = '', ...rest] = args;
  switch (order) {
    case 'search':
      return searchAgentsCommand(rest);
    case 'show':
      return showCommandLine(['agent', ...rest]);
    case 'remove':
      return removeCommand(rest);
    case 'count':
      return countAgentsCommand(rest);
    case 'config':
      return agentsConfigCommand(rest);
    default:
      if (order !== '' && !order.startsWith('-')) refuseWord(order);
      return listAgents(args);
  }
}

/** `mig agents` alone: all agents, or those that a target reaches. */
async function listAgents(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES.agents,
    flags: FORMAT_FLAGS,
    allowed: ['t', 'json'],
    words: [0, 1],
  });
  refuseWord(given.words[0]);
  const format = readFormat(given);
  if (given.options.target === 'local')
    throw new MigError('usage', '-t local is this machine, which has no record; see mig help target');
  return listRecords(await openSession(given.options), {
    plural: 'agents',
    where: { query: {}, limit: undefined },
    format,
    nothing: 'no agent has registered yet',
  });
}

function refuseWord(word: string | undefined): void {
  if (word === undefined) return;
  const hint = didYouMean(word, ORDERS);
  throw new MigError('usage', `${USAGES.agents}; unexpected word ${JSON.stringify(word)}${hint}`);
}
