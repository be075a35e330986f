import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Action, readAction } from '../../contract/action.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { goObject, unreadField } from '../../contract/fields.ts';
import { parseStorableJson, parseStrictJson } from '../../contract/go/strict-json.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import { SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { closestName } from '../../contract/text/closest.ts';
import { decodeUtf8 } from '../../contract/text/utf8.ts';
import { allModuleInterfaces, moduleInterface } from '../../modules/registry.ts';
import { whyUnreadable } from '../../platform/files/read-text.ts';
import { requireSignature } from '../../platform/openpgp/verify.ts';
import type { GlobalOptions } from '../arguments.ts';
import { expandTarget, hasWindow } from './build-action.ts';
import { refuseMistake } from './module-flags.ts';

/** What else has an action in it: a command, as an agent gets it, and what `mig --json` prints. */
const Around = goObject({ action: z.unknown().optional(), operations: z.unknown().optional() });

/** What only servers set, and the API prints of an action: not part of what is signed. */
const OF_SERVERS = [
  'investigators',
  'status',
  'reason',
  'paused',
  'failures',
  'starttime',
  'finishtime',
  'lastupdatetime',
  'counters',
];

/** The action of a file, alone or within a command; `isWithin` says which. */
export function readActionFile(file: string): { action: Action; isWithin: boolean } {
  return namingFile(file, (text) => {
    const json = parseStrictJson(text);
    const { action: inner, operations } = Around.catch({}).parse(json);
    const isWithin = inner !== undefined && operations === undefined;
    return { action: withSyntaxVersion(readAction(isWithin ? inner : json)), isWithin };
  });
}

/**
 * An action from a file, as somebody wrote it or another signer printed it, to be signed: its signatures and window stay.
 * Refuses what would be dropped in silence, as a misspelt check, and what a module's flags would be refused for.
 */
export function loadAction(
  file: string,
  options: GlobalOptions,
  macros: ReadonlyMap<string, string>,
): Action {
  const action = namingFile(file, (text) => {
    const json = parseStorableJson(text);
    const read = withSyntaxVersion(readAction(json));
    refuseUnread(json, read);
    if (read.pgpsignatures.length > 0 && !hasWindow(read))
      throw new MigError(
        'usage',
        'is signed, but has no validity: validfrom and expireafter are part of what is signed',
      );
    refuseMistakes(read);
    return read;
  });
  refuseIgnored(file, action, options);
  if (options.target !== undefined) action.target = expandTarget(options.target, macros);
  if (options.name !== undefined) action.name = options.name;
  return action;
}

/** Refuses an action of a file in which something else stands where a signature should. */
export async function requireSignatures(file: string, { pgpsignatures }: Action): Promise<void> {
  for (const [index, signature] of pgpsignatures.entries()) {
    await requireSignature(signature).catch((cause: unknown) => {
      throw new MigError('usage', `${file}: signature ${index + 1}: ${errorMessage(cause)}`, { cause });
    });
  }
}

/** Every error of a file names it, and is a slip of whoever wrote it. */
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
    bytes = readFileSync(file);
  } catch (cause) {
    throw new MigError('usage', `cannot be read: ${whyUnreadable(cause)}`, { cause });
  }
  if (!isUtf8(bytes)) throw new MigError('usage', 'is not UTF-8 text: save it as such');
  return decodeUtf8(bytes);
}

/** MIG's own client sends files without it, as version 2. */
function withSyntaxVersion(action: Action): Action {
  return { ...action, syntaxversion: action.syntaxversion || SYNTAX_VERSION };
}

function refuseUnread(json: unknown, action: Action): void {
  const own = Object.entries(json ?? {}).filter(([key]) => !OF_SERVERS.includes(key.toLowerCase()));
  const unread = unreadField(Object.fromEntries(own), action);
  if (unread !== undefined)
    throw new MigError('usage', `an action has no field ${unread}: it would be ignored`);
}

/** A module that is none of ours, as those of MIG's agents, reads its parameters itself. */
function refuseMistakes({ operations }: Action): void {
  for (const operation of operations) {
    const module = moduleInterface(operation.module);
    if (module) refuseMistake(module, inflateParameters(operation));
    else refuseSlip(operation.module);
  }
}

function refuseSlip(module: string): void {
  const meant = closestName(
    module,
    allModuleInterfaces().map(({ name }) => name),
  );
  if (meant !== undefined)
    throw new MigError('usage', `there is no module ${JSON.stringify(module)}; did you mean ${meant}?`);
}

/** What is signed cannot be changed, and a window of the file's own stays. */
function refuseIgnored(file: string, action: Action, { target, name, expiration }: GlobalOptions): void {
  const isSigned = action.pgpsignatures.length > 0;
  const given = Object.entries({ t: target, n: name, e: expiration }).filter(
    ([, value]) => value !== undefined,
  );
  const [flag] = given.map(([key]) => key).filter((key) => isSigned || (key === 'e' && hasWindow(action)));
  if (flag === undefined) return;
  const why = isSigned ? 'is signed already' : 'has a validity of its own';
  throw new MigError('usage', `-${flag} would change nothing: the action in ${file} ${why}`);
}
