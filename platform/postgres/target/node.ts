import { MigError } from '../../../contract/errors.ts';

/** A node of Postgres' parse tree. Most nodes are wrapped in an object with the type as its only key. */
export type Node = Readonly<Record<string, unknown>>;

/** Removes the wrapper of a node. */
export function unwrap(value: unknown): { type: string; node: Node } {
  const entries = isNode(value) ? Object.entries(value) : [];
  const [first] = entries;
  if (!first || entries.length !== 1 || !isNode(first[1])) throw forbidden('an unknown part is not allowed');
  return { type: first[0], node: first[1] };
}

/** The node without its wrapper; undefined when it has another type. */
export function asType(value: unknown, type: string): Node | undefined {
  const node = isNode(value) ? value[type] : undefined;
  return isNode(node) ? node : undefined;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw forbidden('an unknown part is not allowed');
  return value;
}

/** Refuses fields that the walk does not know. */
export function requireFields(node: Node, allowed: ReadonlySet<string>, where: string): void {
  const field = Object.keys(node).find((key) => !allowed.has(key) && key !== 'location');
  if (field !== undefined) throw forbidden(`${field} in ${where} is not allowed`);
}

/** The name of a function, operator or type. `isBuiltIn`: without a schema, or in pg_catalog. */
export function builtInName(path: unknown): { name: string; shown: string; isBuiltIn: boolean } {
  const parts = listOf(path).map((part) => String(asType(part, 'String')?.sval ?? '*'));
  const isBuiltIn = parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog');
  const name = parts.at(-1);
  if (name === undefined) throw forbidden('an unknown part is not allowed');
  return { name, shown: parts.join('.'), isBuiltIn };
}

/** The text of a string constant, without its casts. */
export function constantText(value: unknown): string | undefined {
  const cast = asType(value, 'TypeCast');
  if (cast) return constantText(cast.arg);
  const text = asType(value, 'A_Const')?.sval;
  return isNode(text) ? String(text.sval ?? '') : undefined; // the parser leaves out an empty text
}

export function isConstant(value: unknown): boolean {
  const cast = asType(value, 'TypeCast');
  return cast ? isConstant(cast.arg) : asType(value, 'A_Const') !== undefined;
}

export function isWholeNumber(value: unknown): boolean {
  return isNode(asType(value, 'A_Const')?.ival);
}

export function forbidden(what: string): MigError {
  return new MigError('target_forbidden', `target: ${what}`);
}
