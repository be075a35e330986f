import { MigError } from '../errors.ts';
import type { QuestionContent } from './document.ts';
import { type ParameterValue, problemOfValue, type RegexCheck, valueOfText } from './parameter.ts';
import { fillPlaces } from './placeholder.ts';

/** What a question asks with its parameters filled in. */
export interface FilledOperation {
  module: string;
  parameters: unknown;
}

/**
 * The values of the parameters: those that were typed, or else their defaults. Throws `parameter_invalid` for an unknown
 * name, a value of another type, and a required one that is missing.
 */
export function readValues(
  { parameters }: Pick<QuestionContent, 'parameters'>,
  given: ReadonlyMap<string, string>,
  regexProblem: RegexCheck,
): Map<string, ParameterValue> {
  const names = parameters.map(({ name }) => name);
  const unknown = [...given.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
    throw new MigError('parameter_invalid', `the question has no parameter ${unknown}: ${known}`);
  }
  const values = new Map<string, ParameterValue>();
  for (const parameter of parameters) {
    const text = given.get(parameter.name);
    const value = text === undefined ? parameter.default : valueOfText(parameter, text);
    if (value === undefined) {
      if (!parameter.required) continue;
      const about = parameter.description === '' ? '' : `: ${parameter.description}`;
      throw new MigError('parameter_invalid', `parameter ${parameter.name} is missing${about}`);
    }
    const problem = problemOfValue(parameter, value, regexProblem);
    if (problem !== undefined)
      throw new MigError('parameter_invalid', `parameter ${parameter.name}: ${problem}`);
    values.set(parameter.name, value);
  }
  return values;
}

/** The operations with the values in the places of the placeholders. */
export function fillOperations(
  { operations }: Pick<QuestionContent, 'operations'>,
  values: ReadonlyMap<string, ParameterValue>,
): FilledOperation[] {
  return operations.map(({ module, parameters }) => ({ module, parameters: fillPlaces(parameters, values) }));
}

/** Values to check the operations with when the question is saved; undefined when a required one has no example. */
export function exampleValues({
  parameters,
}: Pick<QuestionContent, 'parameters'>): Map<string, ParameterValue> | undefined {
  const values = new Map<string, ParameterValue>();
  for (const parameter of parameters) {
    const value = parameter.example ?? parameter.default;
    if (value !== undefined) values.set(parameter.name, value);
    else if (parameter.required) return undefined;
  }
  return values;
}
