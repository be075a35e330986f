/** A question of the console, and the answer to it. */
export type AnsweredQuestion = readonly [question: string, answer: string];

/** What is typed in one mode: orders and answers, in their order, and what is printed meanwhile. */
export interface ConsoleScript {
  /** The mode of `cli/console/modes/`. */
  mode: string;
  typed: readonly (string | AnsweredQuestion)[];
  /** Each is printed after the one before. */
  shows: readonly (string | RegExp)[];
}

/** The records that the scripts read and change. Each run of them needs its own. */
export interface ConsoleRecords {
  action: number;
  command: number;
  agent: number;
  investigator: number;
  loader: number;
  manifest: number;
  /** The path of an action in a file, and of an archive that is not there yet. */
  actionFile: string;
  archive: string;
  /** The folder of a manifest's files. */
  release: string;
  /** Makes names that nobody has yet. */
  suffix: string;
}

export const YES: AnsweredQuestion = ['[y/N] ', 'y'];
export const NO: AnsweredQuestion = ['[y/N] ', 'n'];
