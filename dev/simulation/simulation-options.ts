import type { Capability } from '../../contract/capabilities.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import type { Logger } from '../../platform/log.ts';
import type { Keyring } from '../../platform/openpgp/keyring.ts';
import type { RelayOptions } from '../../platform/rabbitmq/session.ts';
import type { Mix } from './agent/behaviours.ts';

export interface SimulationOptions {
  relay: RelayOptions;
  log: Logger;
  count: number;
  prefix: string;
  /** The number of the first agent; 0 by default. */
  firstIndex?: number;
  keyring: Keyring;
  acl: Acl;
  mix?: Mix;
  connections?: number;
  /** Milliseconds that a command takes on a slow agent. */
  slowMs?: number;
  /** Milliseconds that a command takes on every other agent. */
  delayMs?: number;
  answerBytes?: number;
  /** The elements of results, as JSON text, by the module of the operation. Those of other modules are empty. */
  elements?: Readonly<Record<string, string>>;
  /** Milliseconds that the new process of an upgrade takes until it registers. */
  startMs?: number;
  /** The capabilities in the heartbeats: all of ours by default, none for agents of MIG. */
  capabilities?: readonly Capability[];
}
