import { z } from 'zod';
import { MigError } from '../errors.ts';
import { readAs } from '../read-as.ts';
import { ParameterName, type ParameterValue } from './parameter.ts';

/** The key that makes an object a placeholder: `{"$parameter": "path"}`. */
const KEY = '$parameter';

/** A place in the parameters of an operation. A value takes it as a whole: nothing is pasted into a text. */
const Placeholder = z.strictObject({
  [KEY]: ParameterName,
  /** Writes an integer as a text, for modules that take numbers so. */
  as: z.literal('text').optional(),
});

/** Where a placeholder stands, and the parameter that it names. */
export interface Place {
  name: string;
  /** `operations.0.parameters.searches.s1.paths.0` */
  path: string;
}

/** Finds all placeholders. Throws `parameter_invalid` for an object that is only nearly one. */
export function findPlaces(value: unknown, path: string): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isPlaceholder(value)) return [{ name: readPlaceholder(value, path).name, path }];
  return Object.entries(value).flatMap(([key, item]) => findPlaces(item, `${path}.${key}`));
}

/**
 * Copies a JSON value with the values in the places of the placeholders. A place without a value is left out of its list or
 * object.
 */
export function fillPlaces(value: unknown, values: ReadonlyMap<string, ParameterValue>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isPlaceholder(value)) {
    const { name, isText } = readPlaceholder(value, 'placeholder');
    const given = values.get(name);
    return isText && given !== undefined ? String(given) : given;
  }
  if (Array.isArray(value)) {
    return value.map((item) => fillPlaces(item, values)).filter((item) => item !== undefined);
  }
  const filled = Object.entries(value).map(([key, item]) => [key, fillPlaces(item, values)] as const);
  return Object.fromEntries(filled.filter(([, item]) => item !== undefined));
}

function isPlaceholder(value: object): boolean {
  return Object.hasOwn(value, KEY);
}

function readPlaceholder(value: object, path: string): { name: string; isText: boolean } {
  const read = readAs(Placeholder, value);
  if (!read.success) throw new MigError('parameter_invalid', `${path}: ${read.problem}`);
  return { name: read.data[KEY], isText: read.data.as === 'text' };
}
