import { parseCommandLine, requireOneOf } from '../command-line.ts';
import { USAGES } from '../help/usages.ts';
import { PLURALS, type Plural } from '../records/record-kinds.ts';
import { refuseBesideTarget } from '../search/refuse-beside-target.ts';
import { readSearchFlags, SEARCH_FLAGS } from '../search/search-flags.ts';
import { openSession } from '../session.ts';
import { listRecords } from '../show/list-records.ts';
import { FORMAT_FLAGS, readFormat } from '../terminal/output-format.ts';

const DEFAULT_LIMIT = 100;
const NAMES = Object.keys(PLURALS) as Plural[];

/** `mig list <what>`: prints the records that pass the filters, newest first. */
export async function listCommand([what, ...rest]: readonly string[]): Promise<number> {
  const plural = requireOneOf('mig list: the word after it', what, NAMES);
  const type = PLURALS[plural];
  const given = parseCommandLine(rest, {
    usage: USAGES[`list ${plural}`],
    flags: { ...SEARCH_FLAGS, ...FORMAT_FLAGS },
    allowed: type === 'agent' ? ['t', 'json'] : ['json'],
    words: [0, 0],
  });
  const where = readSearchFlags(given, { type, defaultLimit: DEFAULT_LIMIT, nowMs: Date.now() });
  const format = readFormat(given);
  refuseBesideTarget(given.options.target, where);
  return listRecords(await openSession(given.options), { plural, where, format });
}
