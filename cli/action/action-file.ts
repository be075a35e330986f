import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { type Action, readAction } from '../../contract/action.ts';
import { readExpectations } from '../../contract/compliance.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { goObject, unreadField } from '../../contract/fields.ts';
import { parseStorableJson, parseStrictJson } from '../../contract/go/strict-json.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import { SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { decodeUtf8 } from '../../contract/text/utf8.ts';
import { allModules, findModule } from '../../modules/all-modules.ts';
import { readBytes } from '../../platform/files/read-bytes.ts';
import { whyUnreadable } from '../../platform/files/read-text.ts';
import { requireSignature } from '../../platform/openpgp/verify.ts';
import type { GlobalOptions } from '../options.ts';
import { refuseMistake } from './module-flags.ts';
import { expandTarget } from './target.ts';
import { hasWindow } from './window.ts';

/** A document around an action: a command as an agent receives it, or the output of `mig --json`. */
const Wrapper = goObject({ action: z.unknown().optional(), operations: z.unknown().optional() });

/** Fields of an action that only servers set and the API prints. They are not signed. */
const SERVER_FIELDS = [
  'investigators',
  'status',
  'reason',
  'brakes',
  'paused',
  'failures',
  'starttime',
  'finishtime',
  'lastupdatetime',
  'counters',
];

/** What a check of compliance has beyond an action (compliance/README.md). It is not signed with the action. */
const CHECK_FIELD = 'compliance';

/** The options that change the action of a file. */
type ActionChanges = Pick<GlobalOptions, 'target' | 'name' | 'expiration'>;

/** Reads the action in a file. `isWrapped` is true when a command contains the action. */
export function readActionFile(file: string): { action: Action; isWrapped: boolean } {
  return namingFile(file, (text) => {
    const json = parseStrictJson(text);
    const { action: inner, operations } = Wrapper.catch({}).parse(json);
    const isWrapped = inner !== undefined && operations === undefined;
    return { action: withSyntaxVersion(readAction(isWrapped ? inner : json)), isWrapped };
  });
}

/**
 * Reads an action to sign from a file that a person wrote or an earlier signer printed. Keeps its signatures and window.
 * Refuses fields that would be silently dropped, such as a misspelt check, and all that the flags of a module refuse.
 */
export function loadAction(
  file: string,
  options: ActionChanges,
  macros: ReadonlyMap<string, string>,
): Action {
  const action = namingFile(file, (text) => {
    const json = parseStorableJson(text);
    const read = withSyntaxVersion(readAction(json));
    refuseUnread(json, read);
    readExpectations(json, read);
    if (read.operations.length === 0) throw new MigError('usage', 'has no operations: it asks nothing');
    if (read.pgpsignatures.length > 0 && !hasWindow(read))
      throw new MigError(
        'usage',
        'is signed but has no validity window; validfrom and expireafter are part of the signed text',
      );
    refuseMistakes(read);
    return read;
  });
  refuseIgnored(file, action, options);
  if (options.target !== undefined) action.target = expandTarget(options.target, macros);
  if (options.name !== undefined) action.name = options.name;
  return action;
}

/** Refuses an action with something other than a signature among its signatures. */
export async function requireSignatures(file: string, { pgpsignatures }: Action): Promise<void> {
  for (const [index, signature] of pgpsignatures.entries()) {
    await requireSignature(signature).catch((cause: unknown) => {
      throw new MigError('usage', `${file}: signature ${index + 1}: ${errorMessage(cause)}`, { cause });
    });
  }
}

/** Turns every error into a usage error that names the file. */
function namingFile<T>(file: string, read: (text: string) => T): T {
  try {
    return read(textOf(file));
  } catch (cause) {
    throw new MigError('usage', `${file}: ${errorMessage(cause)}`, { cause });
  }
}

function textOf(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readBytes(file);
  } catch (cause) {
    throw new MigError('usage', `cannot be read: ${whyUnreadable(cause)}`, { cause });
  }
  if (!isUtf8(bytes)) throw new MigError('usage', 'is not UTF-8 text: save it as UTF-8');
  return decodeUtf8(bytes);
}

/** MIG's own client sends files without a version as version 2. */
function withSyntaxVersion(action: Action): Action {
  return { ...action, syntaxversion: action.syntaxversion || SYNTAX_VERSION };
}

function refuseUnread(json: unknown, action: Action): void {
  const known = [...SERVER_FIELDS, CHECK_FIELD];
  const own = Object.entries(json ?? {}).filter(([key]) => !known.includes(key.toLowerCase()));
  const unread = unreadField(Object.fromEntries(own), action);
  if (unread !== undefined)
    throw new MigError('usage', `an action has no field ${unread}: it would be ignored`);
}

/** The parameters of an unknown module, such as one of MIG's, cannot be checked here. */
function refuseMistakes({ operations }: Action): void {
  for (const operation of operations) {
    const module = findModule(operation.module);
    if (module) refuseMistake(module, inflateParameters(operation));
    else refuseMisspelt(operation.module);
  }
}

function refuseMisspelt(module: string): void {
  const names = allModules().map(({ name }) => name);
  const hint = didYouMean(module, names);
  if (hint !== '') throw new MigError('usage', `there is no module ${JSON.stringify(module)}${hint}`);
}

/** Refuses options that would change nothing: a signed action cannot change, and a window in the file stays. */
function refuseIgnored(file: string, action: Action, { target, name, expiration }: ActionChanges): void {
  const isSigned = action.pgpsignatures.length > 0;
  const flag = [
    target !== undefined && isSigned && 't',
    name !== undefined && isSigned && 'n',
    expiration !== undefined && (isSigned || hasWindow(action)) && 'e',
  ].find(Boolean);
  if (flag === undefined) return;
  const why = isSigned ? 'is already signed' : 'has its own validity';
  throw new MigError('usage', `-${flag} has no effect: the action in ${file} ${why}`);
}
