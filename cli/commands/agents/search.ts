import { MigError } from '../../../contract/errors.ts';
import type { CommandLine } from '../../command-line.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { parseWhere, setOnce, type Where } from '../../search/parse-where.ts';
import { refuseBesideTarget } from '../../search/refuse-beside-target.ts';
import { readSearchFlags, SEARCH_FLAGS } from '../../search/search-flags.ts';
import { openSession } from '../../session.ts';
import { listRecords } from '../../show/list-records.ts';
import { FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { migAgentList } from './mig-lines.ts';

const FLAGS = { ...SEARCH_FLAGS, ...FORMAT_FLAGS, where: 'string', format: 'string' } as const;
const FORMATS = ['table', 'mig'] as const;

/** `mig agents search`: agents by target, by filters, or by the `-p` of MIG's mig-agent-search. */
export async function searchAgentsCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args.map(spellWhere), {
    usage: USAGES['agents search'],
    flags: FLAGS,
    allowed: ['t', 'json'],
    words: [0, 0],
  });
  const where = readWhere(given);
  refuseBesideTarget(given.options.target, where);
  const format = readFormat(given);
  const form = requireOneOf('-format', given.value('format') ?? 'table', FORMATS);
  if (form === 'mig' && format !== 'table') {
    throw new MigError('usage', `--${format} and -format mig cannot be used together`);
  }
  const session = await openSession(given.options);
  if (form === 'table') return listRecords(session, { plural: 'agents', where, format });
  return listRecords(session, { plural: 'agents', where, format, list: migAgentList(session.output) });
}

/** MIG's name of the flag is the option of `mig` that prints an action. */
function spellWhere(word: string): string {
  return word.replace(/^--?p(?==|$)/, '-where');
}

function readWhere(given: CommandLine): Where {
  const nowMs = Date.now();
  const flags = readSearchFlags(given, { type: 'agent', defaultLimit: undefined, nowMs });
  const text = given.value('where');
  if (text === undefined) return flags;
  const { query, limit } = parseWhere(text, { type: 'agent', nowMs });
  for (const [parameter, value] of Object.entries(flags.query)) setOnce(query, parameter, value);
  return { query, limit: flags.limit ?? limit };
}
