/** `\pL` and its kind stand for hundreds of ranges each. */
const CLASS_SIZE = 20;
const QUANTIFIER = /[*+?]|\{(\d{1,9})(?:,(\d{0,9}))?\}/y;
const UNICODE_CLASS = /\\[pP](?:\{[^}]*\}|.)/uy;

/**
 * An upper estimate of how many instructions a pattern compiles to, read off its text in one pass: counted repeats
 * multiply what they repeat, so a few characters can cost seconds. Never less than the truth for a valid pattern.
 */
export function patternSize(source: string): number {
  const outer: number[] = [];
  let before = 2;
  let last = 0;
  let at = 0;
  const add = (size: number) => {
    before += last;
    last = size;
  };
  while (at < source.length) {
    const repeat = matchAt(QUANTIFIER, source, at);
    if (repeat && last > 0) {
      last = (last + 1) * Math.max(1, Number(repeat[1] ?? 1), Number(repeat[2] || 1)) + 1;
      at += repeat[0].length;
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
      const end = classEnd(source, at);
      add(classSize(source.slice(at, end)));
      at = end;
    } else {
      const unicode = matchAt(UNICODE_CLASS, source, at);
      add(unicode ? CLASS_SIZE : 2);
      at += unicode?.[0].length ?? (source[at] === '\\' ? 2 : 1);
    }
  }
  return outer.reduce((sum, size) => sum + size, before + last);
}

function classSize(text: string): number {
  return text.length + CLASS_SIZE * (text.match(/\\[pP]/g)?.length ?? 0);
}

/** Where a bracket expression ends; a `]` that comes first is one of its characters. */
function classEnd(source: string, start: number): number {
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
