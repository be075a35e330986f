import { z } from 'zod';
import { MigError } from '../../../contract/errors.ts';
import {
  DEFAULT_PERMISSIONS,
  PERMISSION_SETS,
  permissionNames,
  permissionsFromMask,
} from '../../../contract/permissions.ts';
import { readRecord } from '../../api/find-record.ts';
import { type CommandLine, parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { type PublicKey, readPublicKeyOf } from '../../keys/public-key.ts';
import { describeSets, parsePermissionWords } from '../../records/permission-words.ts';
import { openSession } from '../../session.ts';
import { askDecision, askText, confirm } from '../../terminal/ask.ts';
import { explainRefusal } from './explain-refusal.ts';

const FLAGS = {
  name: 'string',
  admin: 'string',
  loaders: 'string',
  manifests: 'string',
  permissions: 'string',
  key: 'string',
  nokey: 'boolean',
} as const;
const MIN_NAME = 3;
const MAX_NAME = 1024;
/** The sets of MIG that its console asks about, each with the flag that answers. */
const QUESTIONS = [
  ['admin', 'may they manage investigators?', 'PermAdmin'],
  ['loaders', 'may they manage loaders?', 'PermLoader'],
  ['manifests', 'may they manage manifests?', 'PermManifest'],
] as const;
const Created = z.object({ id: z.number(), name: z.string() });

/** `mig investigators create`: registers an investigator. Asks on a terminal for what no flag says. */
export async function createInvestigatorCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['investigators create'],
    flags: FLAGS,
    allowed: ['y', 'json'],
    words: [0, 0],
  });
  refuseContradictions(given);
  const session = await openSession(given.options);
  const { output, api, config } = session;
  const name = checkedName(given.value('name') ?? (await askText('name of the investigator', '-name')));
  const mask = await permissionsOf(given);
  const key = await keyOf(given, config.gpgHome);
  output.note(`name         ${name}`);
  output.note(`permissions  ${describeSets(mask)}: ${permissionNames(mask).join(', ')}`);
  output.note(
    `public key   ${key === undefined ? 'none: they cannot sign' : `${key.fingerprint} ${key.userId}`}`,
  );
  if (!(await confirm('create this investigator?', given.options))) return EXIT.cancelled;
  const form = {
    name,
    permissions: JSON.stringify(permissionsFromMask(mask)),
    ...(key === undefined ? {} : { publickey: key.armored }),
  };
  const record = await api.postMultipart('investigator/create/', form).catch(explainRefusal);
  const { id } = readRecord('investigator', Created, record);
  if (given.options.json) output.json(JSON.stringify(record));
  else output.answer(`investigator ${id} created: ${name}`, 'bold');
  output.note(
    key === undefined
      ? `they need a key for the API: mig investigators apikey new ${id}`
      : 'agents run what they sign only where the ACL and the keys beside it name them, too',
  );
  return EXIT.ok;
}

function refuseContradictions({ value, isOn }: CommandLine): void {
  if (value('key') !== undefined && isOn('nokey'))
    throw new MigError('usage', '-key and -nokey cannot be used together');
  const set = QUESTIONS.find(([flag]) => value(flag) !== undefined);
  if (value('permissions') !== undefined && set !== undefined)
    throw new MigError(
      'usage',
      `-permissions and -${set[0]} cannot be used together: -permissions names them all`,
    );
}

function checkedName(text: string): string {
  const name = text.trim();
  const problem = [
    name.length < MIN_NAME && `must have at least ${MIN_NAME} characters`,
    name.length > MAX_NAME && `must have at most ${MAX_NAME} characters`,
    /[\p{Cc}\p{Cf}]/u.test(name) && 'must not have control or invisible characters',
    /^\d+$/.test(name) && 'must not be a number, which would be taken for an id',
  ].find(Boolean);
  if (problem) throw new MigError('usage', `-name ${problem}`);
  return name;
}

/** Every investigator gets the default set, as from MIG's console, unless -permissions names each permission. */
async function permissionsOf({ value }: CommandLine): Promise<number> {
  const named = value('permissions');
  if (named !== undefined) return parsePermissionWords('-permissions', named);
  let mask = DEFAULT_PERMISSIONS;
  for (const [flag, question, set] of QUESTIONS) {
    const text = value(flag);
    const isGranted =
      text === undefined
        ? await askDecision(question, `-${flag}`)
        : requireOneOf(`-${flag}`, text.toLowerCase(), ['yes', 'no']) === 'yes';
    if (isGranted) mask |= PERMISSION_SETS[set] ?? 0;
  }
  return mask;
}

async function keyOf(
  { value, isOn }: CommandLine,
  gpgHome: string | undefined,
): Promise<PublicKey | undefined> {
  if (isOn('nokey')) return undefined;
  const question = 'public key: a file, or a fingerprint in your GnuPG, or none';
  const word = value('key') ?? (await askText(question, '-key or -nokey'));
  return word === 'none' ? undefined : readPublicKeyOf(word, gpgHome);
}
