import type { Operation } from '../../contract/action.ts';
import { inflateParameters } from '../../contract/parameters.ts';

/** An operation with its parameters as its module sees them. Those that cannot be inflated stay as they are. */
export function inflated<T extends Pick<Operation, 'module'> & Record<string, unknown>>(operation: T): T {
  const { module, parameters, is_compressed } = operation;
  if (is_compressed !== true) return operation;
  try {
    return { ...operation, parameters: inflateParameters({ module, parameters, is_compressed }) };
  } catch {
    return operation;
  }
}
