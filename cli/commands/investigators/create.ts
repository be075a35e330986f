import { MigError } from '../../../contract/errors.ts';
import { type CommandLine, parseCommandLine, requireOneOf } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { createInvestigator, NO_KEY, SET_NAMES } from '../../investigators/create-investigator.ts';
import { parsePermissionWords } from '../../records/permission-words.ts';
import { openSession } from '../../session.ts';

const FLAGS = {
  name: 'string',
  admin: 'string',
  loaders: 'string',
  manifests: 'string',
  permissions: 'string',
  key: 'string',
  nokey: 'boolean',
} as const;

/** `mig investigators create`: registers an investigator. Asks on a terminal for what no flag says. */
export async function createInvestigatorCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['investigators create'],
    flags: FLAGS,
    allowed: ['y', 'json'],
    words: [0, 0],
  });
  refuseContradictions(given);
  const { value, isOn, options } = given;
  const permissions = value('permissions');
  return createInvestigator(await openSession(options), {
    name: value('name'),
    permissions: permissions === undefined ? undefined : parsePermissionWords('-permissions', permissions),
    sets: Object.fromEntries(SET_NAMES.map((name) => [name, decisionOf(name, value(name))])),
    key: isOn('nokey') ? NO_KEY : value('key'),
  });
}

function decisionOf(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  return requireOneOf(`-${name}`, text.toLowerCase(), ['yes', 'no']) === 'yes';
}

function refuseContradictions({ value, isOn }: CommandLine): void {
  if (value('key') !== undefined && isOn('nokey'))
    throw new MigError('usage', '-key and -nokey cannot be used together');
  const set = SET_NAMES.find((name) => value(name) !== undefined);
  if (value('permissions') !== undefined && set !== undefined)
    throw new MigError(
      'usage',
      `-permissions and -${set} cannot be used together: -permissions names them all`,
    );
}
