import { MigError } from '../../contract/errors.ts';
import type { FlagKind } from '../../contract/go/flags.ts';

/** The flags of every command that lists records, besides `--json`. */
export const FORMAT_FLAGS = {
  jsonl: 'boolean',
  csv: 'boolean',
  wide: 'boolean',
} as const satisfies Record<string, FlagKind>;

/** For the usage line of such a command. */
export const FORMAT_USAGE = '[--json | --jsonl | --csv | --wide]';

/** As above, for lists whose lines are no table: `createLineList`. */
export const LINE_FORMAT_FLAGS = { jsonl: 'boolean' } as const satisfies Record<string, FlagKind>;

export const LINE_FORMAT_USAGE = '[--json | --jsonl]';

/**
 * How records are printed. `table` fits a terminal, `wide` cuts nothing, `json` is one document, `jsonl` and `csv` are
 * one line for each record.
 */
export type OutputFormat = 'table' | 'wide' | 'json' | 'jsonl' | 'csv';

const FORMATS = ['json', 'jsonl', 'csv', 'wide'] as const;

/** Reads the format from the flags of a command line; refuses two of them. */
export function readFormat({
  options,
  isOn,
}: {
  options: { json: boolean };
  isOn: (name: string) => boolean;
}): OutputFormat {
  const [format = 'table', other] = FORMATS.filter((name) => (name === 'json' ? options.json : isOn(name)));
  if (other !== undefined) throw new MigError('usage', `--${format} and --${other} cannot be used together`);
  return format;
}
