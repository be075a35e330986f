import { MigError } from '../errors.ts';
import { type GoEscapes, goJson } from '../go/json.ts';
import { unixSeconds } from '../go/time.ts';

export interface SignedOperation {
  module: string;
  parameters: unknown;
  is_compressed?: boolean | undefined;
  want_compressed?: boolean | undefined;
}

export interface SignedParts {
  name: string;
  target: string;
  validfrom: string;
  expireafter: string;
  operations: readonly SignedOperation[];
}

/** With these characters a field could also be read as its own end and the start of the next field. */
const FORBIDDEN_IN_NAME = [';target='];
const FORBIDDEN_IN_TARGET = [';target=', ';validfrom='];

/** MIG joins the fields unescaped. Throws `action_ambiguous` when the signed text could be split in a second way. */
export function checkSignedFields({ name, target }: Pick<SignedParts, 'name' | 'target'>): void {
  refuseSeparators('name', name, FORBIDDEN_IN_NAME);
  refuseSeparators('target', target, FORBIDDEN_IN_TARGET);
}

function refuseSeparators(field: string, text: string, separators: readonly string[]): void {
  const found = separators.find((separator) => text.includes(separator));
  if (found === undefined) return;
  throw new MigError(
    'action_ambiguous',
    `action ${field} must not contain '${found}': the signed text could be read as that of another action`,
  );
}

/**
 * The text that investigators sign and agents verify, byte for byte that of MIG's Go programs, with the literal
 * `%!s(int64=…)` around the second time (spec/action.md#signed-text). Throws `action_ambiguous`.
 */
export function signedText(action: SignedParts, escapes: GoEscapes = 'go1.22'): string {
  checkSignedFields(action);
  const operations = operationsJson(action.operations, escapes);
  return (
    `name=${action.name.toWellFormed()};target=${action.target.toWellFormed()};` +
    `validfrom=${unixSeconds(action.validfrom)};expireafter=%!s(int64=${unixSeconds(action.expireafter)});` +
    `operations=${operations};`
  );
}

/** The forms that a verifier must try: two when something is escaped as \b or \f, otherwise one. */
export function signedTexts(action: SignedParts): string[] {
  const text = signedText(action, 'go1.22');
  return /\\[bf]/.test(text) ? [...new Set([text, signedText(action, 'older')])] : [text];
}

/** The operations as Go encodes them: fields in struct order, flags only if they are set. */
export function operationsJson(
  operations: readonly SignedOperation[],
  escapes: GoEscapes = 'go1.22',
): string {
  const items = operations.map((operation) => {
    const flags =
      (operation.is_compressed ? ',"is_compressed":true' : '') +
      (operation.want_compressed ? ',"want_compressed":true' : '');
    return `{"module":${goJson(operation.module, escapes)},"parameters":${goJson(operation.parameters, escapes)}${flags}}`;
  });
  return `[${items.join(',')}]`;
}
