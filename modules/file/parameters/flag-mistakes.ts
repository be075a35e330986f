import type { ParsedFlags } from '../../../contract/go/flags.ts';
import { compilePattern } from '../../../platform/re2/regexp.ts';
import { HASH_DIGITS, MAXTIME, MTIME, PERM, SIZE, withoutBang } from './schema.ts';

/** Returns the first mistake in the flags, and a correction; undefined when there is none. */
export function findFlagMistake(values: ParsedFlags['values']): string | undefined {
  if (values.matchall === true && values.matchany === true)
    return '-matchall and -matchany cannot be used together';
  for (const [flag, list] of Object.entries(values)) {
    for (const value of Array.isArray(list) ? list : []) {
      const mistake = MISTAKE_FINDERS[flag]?.(value);
      if (mistake !== undefined) return `-${flag} ${JSON.stringify(value)}: ${mistake}`;
    }
  }
  const { maxtime } = values;
  if (typeof maxtime === 'string' && !MAXTIME.test(maxtime))
    return `-maxtime ${JSON.stringify(maxtime)}: write a whole number, and s, m or h for its unit, as 30s`;
  return undefined;
}

const MISTAKE_FINDERS: Record<string, (value: string) => string | undefined> = {
  size: sizeMistake,
  mtime: mtimeMistake,
  ctime: mtimeMistake,
  btime: mtimeMistake,
  owner: bangMistake('owner'),
  group: bangMistake('group'),
  perm: permMistake,
  excluderegex: globMistake,
  name: globMistake,
  content: globMistake,
  md5: (value) => hashMistake('md5', value),
  sha1: (value) => hashMistake('sha1', value),
  sha2: (value) => hashMistake('sha2', value),
  sha3: (value) => hashMistake('sha3', value),
};

function sizeMistake(value: string): string | undefined {
  if (SIZE.test(value)) return undefined;
  return "write a whole number, with k, m, g or t for its unit, as '>10k' (in quotes)";
}

function mtimeMistake(value: string): string | undefined {
  if (MTIME.test(value)) return undefined;
  return "begin with < (changed within) or > (before), and end with d, h or m, as '<30d' (in quotes)";
}

/** Only names and contents have an inverse of their own. */
function bangMistake(flag: string): (value: string) => string | undefined {
  return (value) =>
    value.startsWith('!')
      ? `! inverts names and contents only: leave it out, and add -mismatch ${flag}`
      : undefined;
}

function permMistake(value: string): string | undefined {
  if (PERM.test(value)) return undefined;
  return 'write octal digits, as 0644 (exactly these), -4000 (all of these) or /022 (any of these); letters go to -mode';
}

function globMistake(value: string): string | undefined {
  const pattern = withoutBang(value);
  if (!/^[*?+]/.test(pattern)) return undefined;
  try {
    compilePattern(pattern);
    return undefined;
  } catch {
    return "is a regular expression, where a shell's * is .* and its ? is one dot: '*.txt' is '\\.txt$'";
  }
}

const HASH_FLAGS = ['md5', 'sha1', 'sha2', 'sha3'] as const;

function hashMistake(flag: (typeof HASH_FLAGS)[number], value: string): string | undefined {
  if (!/^[0-9A-Fa-f]+$/.test(value)) return 'write the digits of a hash, 0 to 9 and a to f';
  if (HASH_DIGITS[flag]?.includes(value.length)) return undefined;
  const other = HASH_FLAGS.find((name) => HASH_DIGITS[name]?.includes(value.length));
  const digits = `has ${value.length} digits, and such a hash ${HASH_DIGITS[flag]?.join(', ')}`;
  return other === undefined ? digits : `${digits}: use -${other}`;
}
