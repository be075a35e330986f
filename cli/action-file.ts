import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Action, parseAction, readAction } from '../contract/action.ts';
import { MigError } from '../contract/errors.ts';
import { goObject } from '../contract/fields.ts';
import { SYNTAX_VERSION } from '../contract/names.ts';
import { parseStrictJson } from '../contract/rules/strict-json.ts';

/** What else has an action in it: a command, as an agent gets it, and what `mig --json` prints. */
const Around = goObject({ action: z.unknown().optional(), operations: z.unknown().optional() });

/** The action of a file, alone or within a command; `isWithin` says which. */
export function readActionFile(file: string): { action: Action; isWithin: boolean } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MigError('usage', `${file}: cannot be read`, { cause });
  }
  const { action: inner, operations } = Around.catch({}).parse(parseStrictJson(text));
  const isWithin = inner !== undefined && operations === undefined;
  const action = isWithin ? readAction(inner) : parseAction(text);
  // MIG's own client sends files without it, as version 2.
  return { action: { ...action, syntaxversion: action.syntaxversion || SYNTAX_VERSION }, isWithin };
}
