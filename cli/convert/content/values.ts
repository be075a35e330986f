import { z } from 'zod';
import { readYaml } from '../read-input.ts';

/** The values of the guide's variables, by id: what a profile chose, or else the default. */
export interface Values {
  /** Undefined for a variable that does not exist, or has no such value. */
  valueOf(id: string): string | undefined;
}

const VariableFile = z.object({ options: z.record(z.string(), z.string()) });

/** `chosen` are the names of options that a profile selects, such as `5_minutes`. */
export function createValues(
  files: ReadonlyMap<string, string>,
  chosen: ReadonlyMap<string, string>,
): Values {
  return {
    valueOf(id) {
      const path = files.get(id);
      if (path === undefined) return undefined;
      const parsed = VariableFile.safeParse(readYaml(path));
      if (!parsed.success) return undefined;
      const { options } = parsed.data;
      const name = chosen.get(id) ?? 'default';
      // A profile may also write the value itself.
      return Object.hasOwn(options, name) ? options[name] : chosen.has(id) ? name : undefined;
    },
  };
}
