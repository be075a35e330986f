import { parseCommandLine } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { manPageAbout } from '../man/man-pages.ts';

/** `mig man [<command>|<module>|target]`: prints a page for man(1). */
export function manCommand(args: readonly string[]): number {
  const { words } = parseCommandLine(args, { usage: USAGES.man, words: [0, 1] });
  process.stdout.write(manPageAbout(words[0]));
  return EXIT.ok;
}
