import { MigError } from '../../contract/errors.ts';

/** A version as packages write it: `epoch:version-release`. */
interface Evr {
  epoch: string;
  version: string;
  release: string;
}

/**
 * Whether `actual` stands in a relation to `value`: `<`, `>` or `=`. It is rpm's comparison, not that of Debian
 * (spec/modules/scribe.md#evr). Throws MigError with MIG's words.
 */
export function evrMatches(
  actual: string,
  { operation, value }: { operation: string; value: string },
): boolean {
  const order = () => compareEvr(actual, value);
  switch (operation) {
    case '<':
      return order() < 0;
    case '>':
      return order() > 0;
    case '=':
      return order() === 0;
    default:
      throw new MigError('parameters_invalid', `invalid evr operation ${operation}`);
  }
}

/** Negative when the first is older, 0 when they are the same. */
export function compareEvr(actual: string, check: string): number {
  const one = splitEvr(actual);
  const other = splitEvr(check);
  return (
    compareEpochs(one.epoch, other.epoch) ||
    compareTexts(one.version, other.version) ||
    compareTexts(one.release, other.release)
  );
}

function splitEvr(text: string): Evr {
  const epoch = /^([0-9]+):/.exec(text)?.[1];
  const rest = epoch === undefined ? text : text.slice(epoch.length + 1);
  if (epoch !== undefined && rest === '') throw new MigError('parameters_invalid', 'evrExtract: only epoch');
  if (rest.endsWith('-')) throw new MigError('parameters_invalid', 'evrExtract: ends in dash');
  const dash = rest.lastIndexOf('-');
  return {
    epoch: epoch ?? '0',
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

const MAX_INT64 = 2n ** 63n - 1n;

function compareEpochs(actual: string, check: string): number {
  const [one, other] = [toEpoch(actual, 'actual'), toEpoch(check, 'check')];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Long digits are refused before they become a number, which would take a long time. */
function toEpoch(digits: string, whose: 'actual' | 'check'): bigint {
  const plain = withoutZeros(digits);
  const epoch = plain.length > 19 ? undefined : BigInt(plain);
  if (epoch !== undefined && epoch <= MAX_INT64) return epoch;
  throw new MigError('parameters_invalid', `evrRpmCompare: bad ${whose} epoch`);
}

/** Compares runs of digits and of letters, one by one. Everything else separates them. */
function compareTexts(actual: string, check: string): number {
  if (actual === check) return 0;
  const [one, other] = [tokensOf(actual), tokensOf(check)];
  for (const [index, token] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    const order = compareTokens(token, against);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function tokensOf(text: string): string[] {
  return text.match(/[0-9]+|[A-Za-z]+/g) ?? [];
}

function compareTokens(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [isDigits(one), isDigits(other)];
  if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
  if (!isNumber) return compareBytes(one, other);
  const [digits, otherDigits] = [withoutZeros(one), withoutZeros(other)];
  return digits.length - otherDigits.length || compareBytes(digits, otherDigits);
}

function isDigits(token: string): boolean {
  return /^[0-9]/.test(token);
}

/** MIG ends with a crash for a token of two zeros or more. It is 0. */
function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=[0-9])/, '');
}

function compareBytes(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
