import { createInvestigator as createRoute } from '../../contract/api/investigators.ts';
import { MigError } from '../../contract/errors.ts';
import {
  DEFAULT_PERMISSIONS,
  PERMISSION_SETS,
  permissionNames,
  permissionsFromMask,
} from '../../contract/permissions.ts';
import { EXIT } from '../exit-codes.ts';
import { type PublicKey, readPublicKeyOf } from '../keys/public-key.ts';
import { describeSets } from '../records/permission-words.ts';
import type { CliSession } from '../session.ts';
import { askDecision, askText, confirm } from '../terminal/ask.ts';
import { explainRefusal } from './explain-refusal.ts';

const MIN_NAME = 3;
const MAX_NAME = 1024;
/** The sets of MIG that its console asks about. */
const QUESTIONS = [
  ['admin', 'may they manage investigators?', 'PermAdmin'],
  ['loaders', 'may they manage loaders?', 'PermLoader'],
  ['manifests', 'may they manage manifests?', 'PermManifest'],
] as const;
export const SET_NAMES = QUESTIONS.map(([name]) => name);
type SetName = (typeof QUESTIONS)[number][0];

/** The word in place of a key. */
export const NO_KEY = 'none';

/** What is known of a new investigator; the rest is asked. */
export interface NewInvestigator {
  name?: string | undefined;
  /** All permissions, in place of the sets. */
  permissions?: number | undefined;
  sets?: Partial<Record<SetName, boolean | undefined>>;
  /** A file, a fingerprint in the own GnuPG, or `none`. */
  key?: string | undefined;
}

/** Registers an investigator. Asks for what is not known, and before it does so. Returns the exit code. */
export async function createInvestigator(session: CliSession, known: NewInvestigator): Promise<number> {
  const { output, api, config, options, asker } = session;
  const name = checkedName(
    known.name ?? (await askText('name of the investigator', { flag: '-name', asker })),
  );
  const mask = known.permissions ?? (await askSets(session, known.sets ?? {}));
  const key = await keyOf(session, known.key, config.gpgHome);
  output.note(`name         ${name}`);
  output.note(`permissions  ${describeSets(mask)}: ${permissionNames(mask).join(', ')}`);
  output.note(
    `public key   ${key === undefined ? 'none: they cannot sign' : `${key.fingerprint} ${key.userId}`}`,
  );
  if (!(await confirm('create this investigator?', session))) return EXIT.cancelled;
  const permissions = permissionsFromMask(mask);
  const { investigator } = await api
    .call(createRoute, { name, permissions, ...(key && { publickey: key.armored }) })
    .catch(explainRefusal);
  const { id } = investigator;
  if (options.json) output.json(JSON.stringify(investigator));
  else output.answer(`investigator ${id} created: ${name}`, 'bold');
  output.note(
    key === undefined
      ? `they need a key for the API: mig investigators apikey new ${id}`
      : 'agents run what they sign only where the ACL and the keys beside it name them, too',
  );
  return EXIT.ok;
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

/** Every investigator gets the default set, as from MIG's console. */
async function askSets(
  { asker }: CliSession,
  known: Partial<Record<SetName, boolean | undefined>>,
): Promise<number> {
  let mask = DEFAULT_PERMISSIONS;
  for (const [name, question, set] of QUESTIONS) {
    const isGranted = known[name] ?? (await askDecision(question, { flag: `-${name}`, asker }));
    if (isGranted) mask |= PERMISSION_SETS[set] ?? 0;
  }
  return mask;
}

async function keyOf(
  { asker }: CliSession,
  known: string | undefined,
  gpgHome: string | undefined,
): Promise<PublicKey | undefined> {
  const question = `public key: a file, or a fingerprint in your GnuPG, or ${NO_KEY}`;
  const word = known ?? (await askText(question, { flag: '-key or -nokey', asker }));
  return word === NO_KEY ? undefined : readPublicKeyOf(word, gpgHome);
}
