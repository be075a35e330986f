import type { Semaphore } from '../../platform/async/semaphore.ts';
import type { Logger } from '../../platform/log.ts';
import type { Keyring } from '../../platform/openpgp/keyring.ts';
import type { AgentConfig } from '../config/config.ts';
import type { Report } from '../report/report.ts';
import type { ModuleRunner } from '../run/module-runner.ts';
import type { ActiveCommands } from './active-commands.ts';
import type { Cancels } from './cancels.ts';
import type { Journal } from './journal.ts';

/** A message off the queue; the body of one over the limit was never kept, only its size. */
export interface IncomingMessage {
  body: Buffer;
  bytes: number;
}

export interface HandlerDeps {
  config: AgentConfig;
  keyring: Keyring;
  journal: Journal;
  report: Report;
  runner: ModuleRunner;
  queueloc: string;
  log: Logger;
  now: () => number;
  /** Commands that this process is working on. */
  active: ActiveCommands;
  /** Of all queues and the journal together, so many commands run at the same time: `MAX_COMMANDS`. */
  inFlight: Semaphore;
  cancels: Cancels;
  work: Work;
  /** Sends the stored answer of a command; does nothing while the relay is away, it goes out at the next connection. */
  deliver: (commandId: number) => void;
}

/** The messages in progress, as the daemon and the check-in see them. */
export interface Work {
  /** Messages being handled at this moment. */
  running: number;
  /** Nothing more begins: what arrives now is left to the next process. */
  isEnding: boolean;
  /** Monotonic milliseconds of the last message that arrived or was handled. */
  lastMs: number;
}
