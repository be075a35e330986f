import type { ModuleResult } from '../../contract/module-result.ts';
import type { Resources } from '../../platform/async/resources.ts';

/** A difference that is on purpose. */
export interface Explanation {
  /** What it is in: `ours` or `theirs`, a blank, and the line that only this side has. */
  lines: RegExp;
  because: string;
  /** It may be absent: the machine decides. */
  isPossible?: true;
}

/** A program of others that answers the same question. */
export interface Judge {
  /** Its name on the PATH. */
  program: string;
  /** Why it cannot answer on this machine. */
  whyNot?: string;
  theirs(): readonly string[] | Promise<readonly string[]>;
  /** Our answer, in lines of the same form. */
  ours(result: ModuleResult): readonly string[];
  /** Whether two lines mean the same, although they are not equal. */
  isNear?(ours: string, theirs: string): boolean;
  explained?: readonly Explanation[];
}

/** How MIG's own agent is asked. */
interface MigJudge {
  /** What is compared of a result; by default all but its statistics. */
  facts?(result: ModuleResult): readonly string[];
  explained?: readonly Explanation[];
}

/** A question to a module about this machine. */
export interface Question {
  what: string;
  parameters: unknown;
  /** Null asks as MIG's own programs do. */
  terms?: null;
  /** The command line in front of the executable. */
  wrapper?: readonly string[];
  env?: NodeJS.ProcessEnv;
  judges?: readonly Judge[];
  /** A text says why MIG's agent is not asked. */
  mig?: MigJudge | string;
}

export interface ModuleQuestions {
  module: string;
  /** Plants what the questions are about. It goes with the resources. */
  open(resources: Resources): Promise<readonly Question[]>;
}
