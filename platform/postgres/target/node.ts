import { MigError } from '../../../contract/errors.ts';

/** A node of Postgres' parse tree: an object of fields, most often wrapped in one with its type as the only key. */
export type Node = Readonly<Record<string, unknown>>;

/** A node out of its wrapper. */
export function unwrap(value: unknown): { type: string; node: Node } {
  const entries = isNode(value) ? Object.entries(value) : [];
  const [first] = entries;
  if (!first || entries.length !== 1 || !isNode(first[1])) throw forbidden('an unknown part is not allowed');
  return { type: first[0], node: first[1] };
}

/** The node when it is of this type. */
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

/** Refuses a field that nobody looks at: what is not known is not allowed. */
export function requireFields(node: Node, allowed: ReadonlySet<string>, where: string): void {
  const field = Object.keys(node).find((key) => !allowed.has(key) && key !== 'location');
  if (field !== undefined) throw forbidden(`${field} in ${where} is not allowed`);
}

/** The name of a function, operator or type: its own, or that of Postgres' own schema. */
export function builtInName(path: unknown): { name: string; shown: string; isBuiltIn: boolean } {
  const parts = listOf(path).map((part) => String(asType(part, 'String')?.sval ?? '*'));
  const isBuiltIn = parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog');
  return { name: parts.at(-1) ?? '', shown: parts.join('.'), isBuiltIn };
}

/** The text of a string constant, casts of it removed. */
export function constantText(value: unknown): string | undefined {
  const cast = asType(value, 'TypeCast');
  if (cast) return constantText(cast.arg);
  const text = asType(value, 'A_Const')?.sval;
  return isNode(text) ? String(text.sval ?? '') : undefined;
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
