import { RE2JS } from 're2js';
import { rewriteTokens } from './tokens.ts';

/** A match that covers `MIN_TEXT_LENGTH` characters has a run of this many characters that the pattern repeats. */
const RUN_LENGTH = 100;
const MIN_TEXT_LENGTH = 16 * 1024;
/** RE2 accepts no pattern whose counted repeats multiply to more. */
const MAX_COUNTED_REPEATS = 1000;

/**
 * Creates a test of whether a match may start before a text and end after it, for texts of 16,384 characters or more.
 * Only unbounded quantifiers reach that far, so the text must contain a long run of what they repeat. The test returns
 * true when in doubt. Returns undefined when no match is that long.
 */
export function createCoverTest(source: string): ((text: string) => boolean) | undefined {
  const tokens = tokenize(source);
  const repeated = tokens.flatMap((_, i) => (isUnboundedQuantifier(tokens, i) ? [tokens[i - 1] ?? ''] : []));
  const boundedLength = source.length * maxCountedRepeats(source);
  const isTooLong = boundedLength + (repeated.length + 1) * RUN_LENGTH > MIN_TEXT_LENGTH;
  if (isTooLong || !repeated.every(isOneCharacter)) return () => true;
  if (repeated.length === 0) return undefined;
  // The flags i and s add characters and remove none.
  return createRunTest(RE2JS.compile(`(?is)^(?:${[...new Set(repeated)].join('|')})$`));
}

/** Tests for a run of `RUN_LENGTH` characters that each match. */
function createRunTest(oneCharacter: RE2JS): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    let run = 0;
    for (const char of text) {
      const isRepeated = known.get(char) ?? oneCharacter.test(char);
      known.set(char, isRepeated);
      run = isRepeated ? run + 1 : 0;
      if (run === RUN_LENGTH) return true;
    }
    return false;
  };
}

/** How often the counted repeats of a pattern (`{n,m}`) can repeat one character. */
function maxCountedRepeats(source: string): number {
  const counts = [...source.matchAll(/\{(\d+),?(\d*)\}/g)].map(([, min, max]) =>
    Math.max(1, Number(min), Number(max)),
  );
  const product = counts.reduce((total, count) => total * count, 1);
  return Math.min(MAX_COUNTED_REPEATS, product);
}

/** The tokens of a pattern, with each bracket expression as one. */
function tokenize(source: string): string[] {
  const tokens: string[] = [];
  rewriteTokens(source, (token, isInClass) => {
    if (isInClass) tokens[tokens.length - 1] += token;
    else tokens.push(token);
    return '';
  });
  return tokens;
}

/** `*`, `+` or `{n,}`. */
function isUnboundedQuantifier(tokens: readonly string[], at: number): boolean {
  const token = tokens[at];
  if (token === '*' || token === '+') return true;
  return token === '{' && /^\{\d+,\}/.test(tokens.slice(at).join(''));
}

/** Whether a token matches one character: it is no group, quotation or anchor. */
function isOneCharacter(token: string): boolean {
  return token !== '' && !/^(?:\)|\\[QAzbB]|[$^]$)/.test(token);
}
