import type { InvestigatorView } from '../../../contract/api-responses.ts';
import { MigError } from '../../../contract/errors.ts';
import { DEFAULT_PERMISSIONS, permissionNames } from '../../../contract/permissions.ts';
import { type CommandLine, parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { findInvestigator } from '../../investigators/find-investigator.ts';
import { setPermissions } from '../../investigators/set-permissions.ts';
import { describeSets, maskOfRecord, parsePermissionWords } from '../../records/permission-words.ts';
import { type CliSession, openSession } from '../../session.ts';

const FLAGS = { set: 'string', add: 'string', remove: 'string' } as const;
const NAMES = ['set', 'add', 'remove'] as const;

/** `mig investigators permissions <investigator>`: prints what they may do; with a flag changes it. */
export async function permissionsCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['investigators permissions'],
    flags: FLAGS,
    allowed: ['y', 'json'],
    words: [1, 1],
  });
  const change = readChange(given);
  const session = await openSession(given.options);
  const investigator = await findInvestigator(session.api, given.words[0] ?? '');
  const before = maskOfRecord(investigator);
  if (change === undefined) return printPermissions(session, investigator);
  const after = ((change.set ?? before) | change.add) & ~change.remove;
  return setPermissions(session, investigator, after);
}

/** Undefined when no flag asks for a change. As in MIG, whoever gets a set of permissions has the default ones, too. */
function readChange({
  value,
}: CommandLine): { set: number | undefined; add: number; remove: number } | undefined {
  const [set, add, remove] = NAMES.map((flag) => {
    const text = value(flag);
    return text === undefined ? undefined : parsePermissionWords(`-${flag}`, text);
  });
  if (set === undefined && add === undefined && remove === undefined) return undefined;
  if (((set ?? 0) | (add ?? 0)) & (remove ?? 0))
    throw new MigError('usage', '-remove names a permission that -set or -add gives');
  return {
    set: set === undefined ? undefined : set | DEFAULT_PERMISSIONS,
    add: add ?? 0,
    remove: remove ?? 0,
  };
}

function printPermissions({ output, options }: CliSession, investigator: InvestigatorView): number {
  const mask = maskOfRecord(investigator);
  if (options.json) output.json(JSON.stringify(investigator.permissions));
  else {
    output.note(describeSets(mask));
    for (const name of permissionNames(mask)) output.answer(name);
  }
  return EXIT.ok;
}
