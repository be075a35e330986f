import type { Rig } from './rig.ts';

/** What the attacker has in hand. */
type Holder =
  | 'no credentials'
  | 'a local user of the endpoint'
  | "an endpoint's root"
  | "the relay's agent password"
  | 'the relay'
  | 'the API host'
  | 'the worker host'
  | 'the database'
  | 'Temporal'
  | "one investigator's key";

/** One thing that an attacker tries on the running platform, and whether the platform kept him from it. */
export interface Attack {
  name: string;
  holder: Holder;
  /** What stops it. */
  wall: string;
  run(rig: Rig): Promise<Verdict>;
  /** Afterwards a whole action is carried; otherwise the API must answer and heartbeats be recorded. */
  isProvenByAction?: true;
}

export interface Verdict {
  isStopped: boolean;
  /** What was seen from outside. */
  how: string;
}

/** What the runner tells of one attack; `isStopped` is false, too, when the platform no longer worked afterwards. */
export interface Outcome extends Verdict {
  name: string;
  holder: Holder;
  wall: string;
}

export function stoppedIf(isStopped: boolean, how: string): Verdict {
  return { isStopped, how };
}

/** One line of what was seen, short enough for a table. */
export function brief(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: whatever was sent comes back in messages
  return text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').slice(0, 140);
}

/** A quarter of what the unit allows: the agent has been through hundreds of attacks when it is looked at. */
export const MAX_AGENT_MEGABYTES = 256;
