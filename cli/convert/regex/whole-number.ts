export const COMPARISONS = ['<', '<=', '==', '!=', '>=', '>'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Far above every setting; longer numbers would make long expressions. */
const MAX_NUMBER = 2 ** 31 - 1;

/**
 * A regular expression for the decimal numbers, also with zeros in front, that compare so with a number. Undefined where no
 * number does, or the number is out of range.
 */
export function wholeNumber(comparison: Comparison, bound: number): string | undefined {
  if (!Number.isSafeInteger(bound) || Math.abs(bound) > MAX_NUMBER) return undefined;
  const alternatives = alternativesOf(comparison, bound);
  return alternatives.length === 0 ? undefined : `0*(?:${alternatives.join('|')})`;
}

function alternativesOf(comparison: Comparison, bound: number): string[] {
  switch (comparison) {
    case '<':
      return atMost(bound - 1);
    case '<=':
      return atMost(bound);
    case '==':
      return bound < 0 ? [] : [String(bound)];
    case '!=':
      return [...atMost(bound - 1), ...atLeast(bound + 1)];
    case '>=':
      return atLeast(bound);
    case '>':
      return atLeast(bound + 1);
  }
}

/** The numbers of fewer digits, then those that differ from the bound in one digit, and the bound. */
function atMost(bound: number): string[] {
  if (bound < 0) return [];
  const digits = String(bound);
  const shorter = digits.length > 1 ? [`\\d{1,${digits.length - 1}}`] : [];
  return [...shorter, ...differing(digits, (digit) => (digit > 0 ? `[0-${digit - 1}]` : undefined)), digits];
}

function atLeast(bound: number): string[] {
  if (bound <= 0) return ['\\d+'];
  const digits = String(bound);
  const larger = differing(digits, (digit) => (digit < 9 ? `[${digit + 1}-9]` : undefined));
  return [`[1-9]\\d{${digits.length},}`, ...larger, digits];
}

function differing(digits: string, otherDigit: (digit: number) => string | undefined): string[] {
  return [...digits].flatMap((digit, index) => {
    const other = otherDigit(Number(digit));
    const left = digits.length - index - 1;
    return other === undefined ? [] : [`${digits.slice(0, index)}${other}${left > 0 ? `\\d{${left}}` : ''}`];
  });
}
