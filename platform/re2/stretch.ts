import { RE2JS } from 're2js';
import { rewriteTokens } from './tokens.ts';

/** A match that reaches over a text of `SURE_LENGTH` characters has so many in a row of what the pattern repeats. */
const RUN = 100;
const SURE_LENGTH = 16 * 1024;

/**
 * Whether a match that begins before a text and ends behind it is possible: only what a pattern repeats without end can
 * reach so far, so the text must hold a run of just such characters. Sure for texts of 16,384 characters or more; true
 * where it cannot be told. Undefined when no match of the pattern is that long.
 */
export function stretchTester(source: string): ((text: string) => boolean) | undefined {
  const atoms = atomsOf(source);
  const repeated = atoms.flatMap((_, i) => (isUnbounded(atoms, i) ? [atoms[i - 1] ?? ''] : []));
  const bounded = source.length * mostRepeats(source);
  const isTooLong = bounded + (repeated.length + 1) * RUN > SURE_LENGTH;
  if (isTooLong || !repeated.every(isOneCharacter)) return () => true;
  if (repeated.length === 0) return undefined;
  // Without regard to case and lines: that is more than the pattern repeats, never less.
  const one = RE2JS.compile(`(?is)^(?:${[...new Set(repeated)].join('|')})$`);
  const known = new Map<string, boolean>();
  return (text) => {
    let run = 0;
    for (const char of text) {
      const isRepeated = known.get(char) ?? one.test(char);
      known.set(char, isRepeated);
      run = isRepeated ? run + 1 : 0;
      if (run === RUN) return true;
    }
    return false;
  };
}

/** How often its counts can repeat one character: RE2 takes no pattern in which they multiply to more than a thousand. */
function mostRepeats(source: string): number {
  const counts = [...source.matchAll(/\{(\d+),?(\d*)\}/g)].map(([, min, max]) =>
    Math.max(1, Number(min), Number(max)),
  );
  return Math.min(
    1000,
    counts.reduce((product, count) => product * count, 1),
  );
}

/** The tokens of a pattern, a class in brackets as one. */
function atomsOf(source: string): string[] {
  const atoms: string[] = [];
  rewriteTokens(source, (token, isInClass) => {
    if (isInClass) atoms[atoms.length - 1] += token;
    else atoms.push(token);
    return '';
  });
  return atoms;
}

/** Whether a repeat without end stands at this place: `*`, `+` or `{n,}`. */
function isUnbounded(atoms: readonly string[], at: number): boolean {
  const atom = atoms[at];
  if (atom === '*' || atom === '+') return true;
  return atom === '{' && /^\{\d+,\}/.test(atoms.slice(at).join(''));
}

/** Not a group, a quotation, or an edge. */
function isOneCharacter(atom: string): boolean {
  return atom !== '' && !/^(?:\)|\\[QAzbB]|[$^]$)/.test(atom);
}
