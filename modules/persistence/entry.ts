import type { RunClock } from '../../platform/async/run-clock.ts';
import type { Kind } from './schema.ts';

/** Something that starts by itself. */
export interface Entry {
  kind: Kind;
  name: string;
  /** The file that starts it. */
  path: string;
  /** The user that it runs as; empty when that depends. */
  user: string;
  /** Whether it starts by itself as things are. */
  isEnabled: boolean;
  /** What it starts. It is compared and never returned: there are secrets in commands. */
  commands: readonly string[];
  /** Unix milliseconds of the file's last change; undefined for facts of the kernel. */
  mtimeMs: number | undefined;
  /** The SHA-256 of the file; empty for facts of the kernel. Throws TimeIsOverError. */
  sha256(clock: RunClock): string;
}
