import { z } from 'zod';
import type { FlagKind } from '../contract/go/flags.ts';

/** What people read about a parameter. The flags of `mig`, its help, the page in docs/modules and forms use it. */
export interface OptionText {
  /** The flag of `mig`, without its dash. A parameter without one is written in an action file. */
  flag?: string;
  /** What the parameter searches for or changes. */
  text: string;
  /** The form of a value: `regex`, `ip or cidr`. Absent for booleans. */
  value?: string;
  /** True for a flag that every command line needs. */
  isRequired?: boolean;
  /** A valid value. */
  example?: string;
}

/** The texts of parameters: `texts.optional().register(option, { flag: 'name', … })`. Register the finished schema. */
export const option = z.registry<OptionText>();

export interface Option extends OptionText {
  /** The path of the parameter, e.g. `pkgmatch.matches`. */
  field: string;
  kind: FlagKind;
}

/** The described parameters of a schema, in its order. */
export function readOptions(schema: z.ZodType, path: readonly string[] = []): Option[] {
  const described = option.get(schema);
  const core = unwrap(schema);
  if (described) return [{ ...described, field: path.join('.'), kind: kindOf(core, path) }];
  if (!(core instanceof z.ZodObject)) return [];
  return Object.entries(core.shape).flatMap(([name, field]) =>
    readOptions(field as z.ZodType, [...path, name]),
  );
}

function kindOf(schema: z.ZodType, path: readonly string[]): FlagKind {
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return 'string';
  if (schema instanceof z.ZodArray || schema instanceof z.ZodCustom) return 'list';
  throw new TypeError(`${path.join('.')} has a schema that no flag can have: ${schema.type}`);
}

/** The schema below defaults, optionals and preprocessing. */
function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) {
    const { in: before, out: after } = schema;
    return unwrap((after instanceof z.ZodTransform ? before : after) as z.ZodType);
  }
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema;
}
