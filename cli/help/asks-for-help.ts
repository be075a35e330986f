/** `mig help …`, and the same as a flag in the place of a command. */
export const HELP_WORD = /^(-h|(--?)?help)$/;
export const HELP_FLAG = /^(-h|--?help)$/;

/** Whether a command line asks for help: `mig help …`, the word `help` after a command, or `-h` anywhere. */
export function asksForHelp([command = '', ...words]: readonly string[]): boolean {
  return HELP_WORD.test(command) || words[0] === 'help' || words.some((word) => HELP_FLAG.test(word));
}
