import { errorMessage, MigError } from '../../contract/errors.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';

const USAGE = 'after | comes grep [-v] <expression>';
const MAX_PATTERN = 4096;

/**
 * The lines that pass every `grep [-v] <expression>`. Expressions have the syntax of RE2, as in MIG, and take linear time
 * whatever the lines are.
 */
export function createFilter(commands: readonly (readonly string[])[]): (line: string) => boolean {
  const filters = commands.map(parseGrep);
  return (line) => filters.every((passes) => passes(line));
}

function parseGrep([name, ...words]: readonly string[]): (line: string) => boolean {
  const isInverse = words[0] === '-v';
  const [expression, extra] = isInverse ? words.slice(1) : words;
  if (name !== 'grep' || expression === undefined || extra !== undefined) {
    const given = [name, ...words].filter((word) => word !== undefined).join(' ');
    throw new MigError('usage', `invalid filter ${JSON.stringify(given)}: ${USAGE}`);
  }
  if (expression.length > MAX_PATTERN)
    throw new MigError('usage', `invalid filter: its expression is longer than ${MAX_PATTERN} characters`);
  const pattern = compile(expression);
  return (line) => pattern.test(line) !== isInverse;
}

function compile(expression: string): { test(line: string): boolean } {
  try {
    return compilePattern(expression);
  } catch (cause) {
    throw new MigError('usage', `invalid filter: ${errorMessage(cause)}`, { cause });
  }
}
