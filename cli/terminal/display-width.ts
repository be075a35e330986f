const PRINTABLE_ASCII = /^[ -~]*$/;
/** East Asian characters of two columns. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]$/u;
/** What is drawn on the character before it: marks, and the later parts of a Korean syllable. */
const WITHOUT_WIDTH = /^[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
/** Drawn in two columns, however many characters it is made of. */
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
/** No script stacks more marks on a letter. More of them would paint over the lines above and below. */
const MAX_CODE_POINTS = 8;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The columns that a printable text takes on a terminal. */
export function displayWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  return graphemesOf(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** The text cut to so many columns. An ellipsis replaces what is cut; no character is split. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return graphemesOf(text).join('');
  let left = width - 1;
  let kept = '';
  for (const grapheme of graphemesOf(text)) {
    left -= graphemeWidth(grapheme);
    if (left < 0) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** What people see as one character each, without marks beyond those that a script needs. */
function graphemesOf(text: string): string[] {
  if (PRINTABLE_ASCII.test(text)) return [...text];
  return Array.from(segmenter.segment(text), ({ segment }) =>
    segment.length <= MAX_CODE_POINTS ? segment : [...segment].slice(0, MAX_CODE_POINTS).join(''),
  );
}

function graphemeWidth(grapheme: string): number {
  if (EMOJI.test(grapheme)) return 2;
  return [...grapheme].reduce((sum, character) => sum + characterWidth(character), 0);
}

function characterWidth(character: string): number {
  if (WITHOUT_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
