import { parse } from 'libpg-query';
import { MigError } from '../../../contract/errors.ts';
import { TARGET_LIMITS } from './allow-list.ts';
import { isNode, listOf } from './node.ts';
import { checkCondition } from './walk.ts';

/**
 * Checks a target: an SQL condition over `agents`, parsed alone by Postgres' own grammar, so that no parenthesis,
 * comment or semicolon can end it early. Refuses everything that is not on the allow-list, by name.
 */
export async function checkTarget(target: string): Promise<{ namesStatus: boolean }> {
  return checkCondition('agents', await parseCondition(target));
}

/** Checks a condition over `loaders` in the same way: the target of a manifest, or what a loader is expected to send. */
export async function checkLoaderCondition(condition: string): Promise<void> {
  checkCondition('loaders', await parseCondition(condition));
}

/** The parse tree of a target, which is one condition; nothing in it is checked. */
export async function parseCondition(target: string): Promise<unknown> {
  if (target.length > TARGET_LIMITS.characters) {
    throw new MigError('target_syntax', `target: is longer than ${TARGET_LIMITS.characters} characters`);
  }
  if (target.includes('\0')) throw new MigError('target_syntax', 'target: must not have a zero character');
  const [statement, ...others] = await parseStatements(`SELECT 1 FROM agents WHERE ${target}`);
  if (others.length > 0) {
    throw new MigError('target_syntax', 'target: must be one SQL condition, not several statements');
  }
  const select = isNode(statement) && isNode(statement.stmt) ? statement.stmt.SelectStmt : undefined;
  const fields = isNode(select) ? Object.keys(select) : [];
  const extra = fields.find((field) => !CONDITION_FIELDS.has(field));
  if (!isNode(select) || !select.whereClause || extra !== undefined || select.op !== 'SETOP_NONE') {
    throw new MigError(
      'target_syntax',
      `target: must be one SQL condition, nothing after it (${extra ?? 'empty'})`,
    );
  }
  return select.whereClause;
}

const CONDITION_FIELDS = new Set(['targetList', 'fromClause', 'whereClause', 'limitOption', 'op']);

async function parseStatements(text: string): Promise<readonly unknown[]> {
  try {
    const tree: unknown = await parse(text);
    return listOf(isNode(tree) ? tree.stmts : undefined);
  } catch (cause) {
    throw new MigError(
      'target_syntax',
      `target: ${cause instanceof Error ? cause.message : 'syntax error'}`,
      { cause },
    );
  }
}
