import { inflateParameters } from '../parameters.ts';
import { isApplicability } from '../rules/verdict.ts';
import type { SweepCheck } from './document.ts';
import type { SweepCheckView } from './item.ts';

const MAX_EXPECTED = 2_000;
const MAX_PART = 300;

/** A check in words, from the signed document. */
export function describeCheck(check: SweepCheck): SweepCheckView {
  const { id, action } = check;
  const { threat, description } = action;
  return {
    id,
    title: action.name || id,
    reference: threat.ref ?? '',
    level: threat.level ?? '',
    url: description.url ?? '',
    expected: expectedOf(check),
  };
}

/**
 * One clause for each operation: `absent: file in /etc/ssh names ^sshd_config$ contents ^PermitRoot`. `any of` and `none of`
 * are about the requirements, which follow what says where the check applies.
 */
function expectedOf({ action, expectations, condition, notchecked }: SweepCheck): string {
  if (notchecked !== undefined) return `not checked: ${notchecked}`;
  const clauses = action.operations.map((operation, index) => {
    const parameters = describeParameters(inflateParameters(operation));
    return `${expectations[index]}: ${operation.module} ${parameters}`.trim();
  });
  if (condition === 'all') return cut(clauses.join('; '), MAX_EXPECTED);
  const clausesOf = (isWanted: boolean) =>
    clauses.filter((_, index) => {
      const expectation = expectations[index];
      return expectation !== undefined && isApplicability(expectation) === isWanted;
    });
  const requirements = `${condition} of: ${clausesOf(false).join('; ')}`;
  return cut([...clausesOf(true), requirements].join('; '), MAX_EXPECTED);
}

function describeParameters(parameters: unknown): string {
  const searches = isObject(parameters) ? parameters.searches : undefined;
  if (!isObject(searches)) return cut(JSON.stringify(parameters) ?? '', MAX_PART);
  return Object.values(searches).map(describeSearch).join(' and ');
}

/** What a search asks for, without its limits. */
function describeSearch(search: unknown): string {
  if (!isObject(search)) return '';
  const { paths, options: _limits, ...criteria } = search;
  const words = Object.entries(criteria).map(([name, value]) => `${name} ${listed(value)}`);
  const where = paths === undefined ? [] : [`in ${listed(paths)}`];
  return cut([...where, ...words].join(' '), MAX_PART);
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
