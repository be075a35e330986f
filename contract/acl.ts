import { z } from 'zod';
import { errorMessage, MigError } from './errors.ts';
import { goObject, recordOf } from './fields.ts';
import { parseStrictJson } from './go/strict-json.ts';
import { readAs } from './read-as.ts';
import type { Acl } from './rules/acl.ts';

/** The most modules in an ACL, and the most investigators of one module. */
const MAX_ACL_ENTRIES = 10_000;
const Entry = goObject({
  minimumweight: z.number().int(),
  investigators: recordOf(
    goObject({ fingerprint: z.string().min(1), weight: z.number().int().nonnegative() }),
    MAX_ACL_ENTRIES,
  ).default({}),
});
/** An ACL as its file has it (spec/acl.md#agent-acl). */
export const AclFile = recordOf(Entry, MAX_ACL_ENTRIES);

/** Parses an ACL; throws a MigError whose message begins with `where`. */
export function parseAcl(where: string, text: string): Acl {
  const parsed = readAs(AclFile, readJson(where, text));
  if (parsed.success) return parsed.data;
  throw new MigError('config_invalid', `${where}: ${parsed.problem}`);
}

function readJson(where: string, text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw new MigError('config_invalid', `${where}: ${errorMessage(cause)}`, { cause });
  }
}
