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
  /** Any key of the keyring suffices, and the ACL does not count. */
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
  /** Sends the stored answer of a command; without a relay it does nothing, and the next connection sends the answer. */
  deliver: (commandId: number) => void;
}

/** The messages in progress, as the daemon and the check-in see them. */
export interface Work {
  /** Messages being handled at this moment. */
  running: number;
  /** Nothing more starts: what arrives now is for the next process. */
  isEnding: boolean;
  /** When a message last arrived or was last handled, in monotonic milliseconds. */
  lastActivityMs: number;
}
