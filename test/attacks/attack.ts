import type { Rig } from './rig.ts';

/** What the attacker controls. */
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

/** One attack on the running platform. */
export interface Attack {
  name: string;
  holder: Holder;
  /** The defence that stops it. */
  wall: string;
  run(rig: Rig): Promise<Verdict>;
  /** Afterwards an agent must answer a whole action. By default only the API must answer and record heartbeats. */
  isProvenByAction?: true;
}

export interface Verdict {
  isStopped: boolean;
  /** What was observed from outside. */
  how: string;
}

/** The result of one attack. `isStopped` is also false when the platform does not work afterwards. */
export interface Outcome extends Verdict {
  name: string;
  holder: Holder;
  wall: string;
}

export function stoppedIf(isStopped: boolean, how: string): Verdict {
  return { isStopped, how };
}

/** Shortens an observation to one line of a table. */
export function brief(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: messages may repeat what the attacker sent
  return text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').slice(0, 140);
}

/** Returns the message of an error response; empty when the response is no error. */
export function errorMessageIn(body: string): string {
  return /"message":"((?:[^"\\]|\\.)*)"/.exec(body)?.[1] ?? '';
}

/** A quarter of the unit's limit. The agent has been through hundreds of attacks when it is measured. */
export const MAX_AGENT_MEGABYTES = 256;
