import type { Acl } from '../../contract/rules/acl.ts';
import type { Semaphore } from '../../platform/async/semaphore.ts';
import type { Logger } from '../../platform/log.ts';
import type { Keyring } from '../../platform/openpgp/keyring.ts';
import type { RelayMessage } from '../../platform/rabbitmq/consume-messages.ts';
import type { Report } from '../report/report.ts';
import type { ModuleRunner } from '../run/module-runner.ts';
import type { ActiveCommands } from './active-commands.ts';
import type { Cancels } from './cancels.ts';
import type { Journal } from './journal/journal.ts';

export type IncomingMessage = RelayMessage;

export interface HandlerDeps {
  keyring: Keyring;
  acl: Acl;
  /** A signature by any key of the keyring suffices; the ACL does not count. */
  onlyVerifyPubkey: boolean;
  moduleTimeoutMs: number;
  journal: Journal;
  report: Report;
  runner: ModuleRunner;
  queueloc: string;
  log: Logger;
  now: () => number;
  /** Commands that this process is working on. */
  active: ActiveCommands;
  /** Shared by all queues and the journal: at most `MAX_COMMANDS` are in progress. */
  inFlight: Semaphore;
  cancels: Cancels;
  work: Work;
  /** Sends the stored answer of a command. Does nothing without a connection: the next one sends the answer. */
  deliver: (commandId: number) => void;
}

/** The messages in progress, as the daemon and the check-in see them. */
export interface Work {
  /** Messages that are being handled. */
  running: number;
  /** No further command starts: the next process runs those that arrive now. */
  isEnding: boolean;
  /** When a message last arrived or was last handled, in monotonic milliseconds. */
  lastActivityMs: number;
}
