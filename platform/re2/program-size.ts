/** A Unicode class such as `\pL` has hundreds of ranges. */
const UNICODE_CLASS_SIZE = 20;
const QUANTIFIER = /[*+?]|\{(\d{1,9})(?:,(\d{0,9}))?\}/y;
const UNICODE_CLASS = /\\[pP](?:\{[^}]*\}|.)/uy;

/**
 * Estimates from above how many NFA instructions a pattern compiles to, in one pass over its text. Counted repeats
 * multiply what they repeat, so compiling a few characters can take seconds.
 */
export function patternSize(source: string): number {
  /** Sizes before each open group. */
  const outer: number[] = [];
  let before = 2;
  let last = 0;
  let at = 0;
  const append = (size: number) => {
    before += last;
    last = size;
  };
  while (at < source.length) {
    const quantifier = matchAt(QUANTIFIER, source, at);
    if (quantifier && last > 0) {
      last = (last + 1) * maxRepeats(quantifier) + 1;
      at += quantifier[0].length;
    } else if (source[at] === '(') {
      outer.push(before + last);
      before = 3;
      last = 0;
      at++;
    } else if (source[at] === ')' && outer.length > 0) {
      last += before;
      before = outer.pop() as number;
      at++;
    } else if (source[at] === '[') {
      const end = bracketEnd(source, at);
      append(bracketSize(source.slice(at, end)));
      at = end;
    } else {
      const unicodeClass = matchAt(UNICODE_CLASS, source, at);
      append(unicodeClass ? UNICODE_CLASS_SIZE : 2);
      at += unicodeClass?.[0].length ?? (source[at] === '\\' ? 2 : 1);
    }
  }
  return outer.reduce((sum, size) => sum + size, before + last);
}

function maxRepeats([, min, max]: RegExpExecArray): number {
  return Math.max(1, Number(min ?? 1), Number(max || 1));
}

function bracketSize(text: string): number {
  return text.length + UNICODE_CLASS_SIZE * (text.match(/\\[pP]/g)?.length ?? 0);
}

/** Returns where a bracket expression ends. A `]` at its start is one of its characters. */
function bracketEnd(source: string, start: number): number {
  let at = start + (source[start + 1] === '^' ? 2 : 1);
  if (source[at] === ']') at++;
  while (at < source.length && source[at] !== ']') {
    if (source[at] === '\\') at++;
    else if (source.startsWith('[:', at)) at = Math.max(at, source.indexOf(':]', at));
    at++;
  }
  return Math.min(source.length, at + 1);
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
