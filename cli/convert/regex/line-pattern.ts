import { translateOsRegex } from './osregex.ts';
import { translatePcre } from './pcre.ts';
import { quoteRegex } from './quote-regex.ts';
import { COMPARISONS, type Comparison, wholeNumber } from './whole-number.ts';

export type RegexSyntax = 'osregex' | 'pcre2';

/** What a line of a file must be; `isAbsent`: no line may be so. */
export interface LinePattern {
  regex: string;
  isAbsent: boolean;
}

/** A part of a pattern, such as `!r:^#`. */
interface Term {
  isNegated: boolean;
  type: 'regex' | 'number' | 'text';
  text: string;
}

/**
 * Translates the content of Wazuh's rules, such as `!r:^# && r:Protocol`, which one line must pass as a whole. Returns the
 * reason where one regular expression of RE2 cannot say the same.
 */
export function linePattern(content: string, syntax: RegexSyntax): LinePattern | string {
  const terms = content.split(' && ').map(toTerm);
  const [only] = terms;
  if (only !== undefined && terms.length === 1) {
    const regex = termRegex(only, syntax);
    return regex === undefined
      ? unknown(only)
      : { regex: ignoringCase(only, regex), isAbsent: only.isNegated };
  }
  const rest = terms.filter((term) => !isComment(term, syntax));
  const comments = terms.length - rest.length;
  const [first, second, third] = rest;
  const isPlain = rest.every(({ isNegated, type }) => !isNegated && type !== 'text');
  if (!first || !isPlain || third || comments > 1) return SEVERAL;
  const regex = second ? bothOf(first, second) : termRegex(first, syntax);
  if (regex === undefined) return second ? SEVERAL : unknown(first);
  const guarded = comments === 0 ? regex : outsideComment(regex);
  return guarded === undefined ? SEVERAL : { regex: `(?i)${guarded}`, isAbsent: false };
}

const SEVERAL = 'one line must match several regular expressions';

function toTerm(text: string): Term {
  const isNegated = text.startsWith('!');
  const rest = isNegated ? text.slice(1) : text;
  if (rest.startsWith('r:')) return { isNegated, type: 'regex', text: rest.slice(2) };
  if (rest.startsWith('n:')) return { isNegated, type: 'number', text: rest.slice(2) };
  return { isNegated, type: 'text', text: rest };
}

function unknown({ type, text }: Term): string {
  const what = type === 'number' ? 'its comparison of numbers' : 'its regular expression';
  return `${what} has no exact translation: ${text.slice(0, 100)}`;
}

function ignoringCase({ type }: Term, regex: string): string {
  return type === 'text' ? regex : `(?i)${regex}`;
}

function termRegex({ type, text }: Term, syntax: RegexSyntax): string | undefined {
  if (type === 'text') return /[^\x20-\x7e]/.test(text) ? undefined : `^${quoteRegex(text)}$`;
  if (type === 'number') return numberRegex(text, syntax);
  return syntax === 'pcre2' ? translatePcre(text) : translateOsRegex(text);
}

/** `minlen=(\d+) compare >= 14`: the number at the end of the regular expression. */
function numberRegex(text: string, syntax: RegexSyntax): string | undefined {
  const [, before, comparison, bound] = /^(.*)\(\\d\+\) compare (\S+) (-?\d+)\s*$/.exec(text) ?? [];
  // What is before the number could otherwise take a part of it.
  if (before === undefined || !BEFORE_NUMBER.test(before)) return undefined;
  const isKnown = (one: string | undefined): one is Comparison => COMPARISONS.some((known) => known === one);
  const prefix = syntax === 'pcre2' ? translatePcre(before) : translateOsRegex(before);
  if (!isKnown(comparison) || prefix === undefined) return undefined;
  const number = wholeNumber(comparison, Number(bound));
  return number === undefined ? undefined : `${prefix}${number}(?:\\D|$)`;
}

/** Characters and blanks, of which the last other than a blank is no digit. */
const BEFORE_NUMBER = /^\^?(?:[\w=: -]|\\[st][*+]?)*[A-Za-z_=:-](?: |\\[st][*+]?)*$/;

/** A term that excludes the lines of comments. */
function isComment({ isNegated, type, text }: Term, syntax: RegexSyntax): boolean {
  const forms = syntax === 'pcre2' ? /^\^(\\s\*|\\t\*)*#$/ : /^\^#$/;
  return isNegated && type === 'regex' && forms.test(text);
}

/** Two texts in one line, in either order, and where one begins within the other. */
function bothOf(first: Term, second: Term): string | undefined {
  if (![first, second].every(({ type, text }) => type === 'regex' && LITERAL.test(text))) return undefined;
  const [a, b] = [first.text.toLowerCase(), second.text.toLowerCase()];
  const inOrder = `${quoteRegex(a)}.*${quoteRegex(b)}|${quoteRegex(b)}.*${quoteRegex(a)}`;
  const overlaps = [...overlapping(a, b), ...overlapping(b, a)].map(quoteRegex);
  return `(?:${[inOrder, ...overlaps].join('|')})`;
}

const LITERAL = /^[A-Za-z0-9_=:/, @"-]{1,100}$/;

/** The texts that begin with `a`, end with `b`, and are shorter than both; or `a`, when it contains `b`. */
function overlapping(a: string, b: string): string[] {
  const lengths = Array.from({ length: Math.min(a.length, b.length) - 1 }, (_, index) => index + 1);
  const joined = lengths
    .filter((length) => a.endsWith(b.slice(0, length)))
    .map((length) => a + b.slice(length));
  return a.includes(b) ? [a, ...joined] : joined;
}

/** Blanks that may be missing match everywhere, so they say nothing at the beginning. */
const LEADING_BLANKS = /^(?:\[\\s\\x0b\]\*|\\t\*)+/;

/** The same regular expression, in lines whose first character other than a blank is no `#`. */
function outsideComment(regex: string): string | undefined {
  const isAnchored = regex.startsWith('^');
  const body = (isAnchored ? regex.slice(1) : regex).replace(LEADING_BLANKS, '');
  if (!beginsWithLetter(body)) return undefined;
  const blanks = '[\\s\\x0b]*';
  if (isAnchored) return regex;
  return `^${blanks}(?:(?:${body})|[^#\\s\\x0b].*(?:${body}))`;
}

/** Whether each match begins with a character that is neither a blank nor a `#`. */
function beginsWithLetter(body: string): boolean {
  const alternatives = body.startsWith('(?:') && body.endsWith(')') ? body.slice(3, -1) : body;
  const depthless = !/[()]/.test(alternatives) || !alternatives.includes('|');
  return depthless && alternatives.split('|').every((one) => /^[A-Za-z0-9_/=:@"-](?![*?{])/.test(one));
}
