import { printable } from '../../contract/text/printable.ts';

/** What XML 1.0 cannot hold, not even as a reference. */
const IMPOSSIBLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
/** Markup, and all that a terminal could obey or a parser normalises. */
const REFERENCED = /[&<>"'\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * A text for an element or an attribute. A character that XML cannot hold is written as `\u{1b}`, as on a terminal. All others
 * arrive unchanged.
 */
export function xmlText(text: string): string {
  return text
    .replace(IMPOSSIBLE, (character) => printable(character))
    .replace(REFERENCED, (character) => `&#${character.codePointAt(0)};`);
}
