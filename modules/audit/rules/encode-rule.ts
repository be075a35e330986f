/** A rule in the numbers of the kernel. */
export interface KernelRule {
  filter: number;
  action: number;
  /** The numbers of system calls; `all` for every one. */
  systemCalls: readonly number[] | 'all';
  fields: readonly { field: number; operator: number; value: number | string }[];
}

const BITMASK_WORDS = 64;
const MAX_FIELDS = 64;
const WORD_BYTES = 4;
const HEAD_WORDS = 3 + BITMASK_WORDS + 3 * MAX_FIELDS + 1;

/** `struct audit_rule_data`: numbers, and the texts of fields one after the other behind them. */
export function encodeRule({ filter, action, systemCalls, fields }: KernelRule): Buffer {
  if (fields.length > MAX_FIELDS) throw new RangeError(`a rule may have ${MAX_FIELDS} fields`);
  const texts = fields.map(({ value }) => (typeof value === 'string' ? Buffer.from(value) : undefined));
  const tail = Buffer.concat(texts.filter((text) => text !== undefined));
  const head = Buffer.alloc(HEAD_WORDS * WORD_BYTES);
  const set = (word: number, value: number) => head.writeUInt32LE(value >>> 0, word * WORD_BYTES);
  set(0, filter);
  set(1, action);
  set(2, fields.length);
  for (const [word, bits] of bitmask(systemCalls).entries()) set(3 + word, bits);
  for (const [index, { field, operator, value }] of fields.entries()) {
    set(3 + BITMASK_WORDS + index, field);
    set(
      3 + BITMASK_WORDS + MAX_FIELDS + index,
      typeof value === 'number' ? value : (texts[index]?.length ?? 0),
    );
    set(3 + BITMASK_WORDS + 2 * MAX_FIELDS + index, operator);
  }
  set(HEAD_WORDS - 1, tail.length);
  return Buffer.concat([head, tail]);
}

function bitmask(systemCalls: KernelRule['systemCalls']): number[] {
  if (systemCalls === 'all') return Array.from({ length: BITMASK_WORDS }, () => 0xffffffff);
  const words = Array.from({ length: BITMASK_WORDS }, () => 0);
  for (const number of systemCalls) {
    const word = Math.floor(number / 32);
    const bits = words[word];
    if (bits === undefined) throw new RangeError(`system call ${number} does not fit into a rule`);
    words[word] = bits | (1 << (number % 32));
  }
  return words;
}
