import type { Source } from './generate.ts';

/** A parser of bytes from outside. It refuses with a MigError; any other error is a crash. */
export interface Parser extends Source {
  name: string;
  /** Calls `progress` between steps that yield to other work. */
  parse(input: Buffer, progress: () => void): unknown;
  /** Starts what parsing needs. */
  open?(): Promise<void>;
  /** Ends what was started. */
  close?(): Promise<void>;
}
