import { asType, builtInName, constantText, listOf } from './node.ts';
import { parseCondition } from './target.ts';

/**
 * The queue names that a target of the form `queueloc='…'` or `queueloc IN ('…', …)` consists of; undefined for every
 * other target, which may match endpoints that nobody has named.
 */
export async function namedEndpoints(target: string): Promise<string[] | undefined> {
  const comparison = asType(await parseCondition(target), 'A_Expr');
  if (comparison === undefined || !isQueueloc(comparison.lexpr)) return undefined;
  if (builtInName(comparison.name).name !== '=') return undefined;
  if (comparison.kind === 'AEXPR_OP') return textsOf([comparison.rexpr]);
  if (comparison.kind !== 'AEXPR_IN') return undefined;
  return textsOf(listOf(asType(comparison.rexpr, 'List')?.items));
}

function isQueueloc(value: unknown): boolean {
  const names = listOf(asType(value, 'ColumnRef')?.fields).map((part) => asType(part, 'String')?.sval);
  return names.length === 1 && names[0] === 'queueloc';
}

function textsOf(values: readonly unknown[]): string[] | undefined {
  const texts = values.map((value) => (asType(value, 'A_Const') ? constantText(value) : undefined));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}
