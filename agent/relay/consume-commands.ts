import { isCancel } from '../../contract/cancel.ts';
import { isClock } from '../../contract/clock.ts';
import { errorMessage } from '../../contract/errors.ts';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import type { RelayConnection } from '../../platform/rabbitmq/connection.ts';
import {
  type Consumer,
  consumeAgentQueue,
  consumeProcessQueue,
  type RelayMessage,
} from '../../platform/rabbitmq/consume-messages.ts';
import type { Session } from '../../platform/rabbitmq/session.ts';
import { obeyCancel } from '../command/cancels.ts';
import type { HandlerDeps } from '../command/deps.ts';
import { handleMessage } from '../command/handle-message.ts';
import { createDiskRecovery, isDiskError } from '../command/journal/disk-recovery.ts';
import { answerFailure } from '../command/refuse.ts';
import { MAX_COMMANDS } from '../command/run-command.ts';
import type { ClockCheck } from './clock-check.ts';

/** The most messages that wait for those in progress. A relay that delivers more ignores the prefetch limit. */
const MAX_WAITING = 16;

interface Connected {
  connection: RelayConnection;
  session: Pick<Session, 'restart'>;
}

/** Consumes the queues of commands, on each new connection. */
export interface CommandConsumers {
  consumeEndpointQueue(connected: Connected): Promise<void>;
  /** The queue of this process, which no other process can read. Resolves once the relay has released it to us. */
  consumeProcessQueue(connected: Connected): Promise<void>;
}

interface Deps {
  deps: HandlerDeps;
  clock: Pick<ClockCheck, 'receive'>;
}

export function createCommandConsumers({ deps, clock }: Deps): CommandConsumers {
  const { queueloc } = deps;
  const whenDiskRecovers = createDiskRecovery(deps);
  const createIntake = (session: Connected['session']) =>
    new Intake({ deps, clock, session, whenDiskRecovers });
  return {
    async consumeEndpointQueue({ connection, session }) {
      const intake = createIntake(session);
      const options = consumeOptions(intake, session);
      intake.consumer = await consumeAgentQueue(connection, { ...options, queueloc });
    },
    async consumeProcessQueue({ connection, session }) {
      const intake = createIntake(session);
      const options = consumeOptions(intake, session);
      intake.consumer = await consumeProcessQueue(connection, { ...options, queueloc, pid: process.pid });
    },
  };
}

function consumeOptions(intake: Intake, session: Connected['session']) {
  return {
    prefetch: MAX_COMMANDS,
    maxMessageBytes: MAX_COMMAND_BYTES,
    onMessage: (message: RelayMessage) => intake.receive(message),
    onBroken: (why: string) => session.restart(why),
    onClosed: () => intake.forgetWaiting(),
  };
}

interface IntakeDeps extends Deps {
  session: Connected['session'];
  whenDiskRecovers: () => Promise<void>;
}

/** The messages of one channel. It handles a few at a time, and none while the disk is full. */
class Intake {
  /** Undefined until the relay has confirmed the consumer. */
  consumer: Consumer | undefined;
  readonly #deps: IntakeDeps;
  readonly #waiting: RelayMessage[] = [];
  #isPaused = false;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  receive(message: RelayMessage): void {
    const { deps, session } = this.#deps;
    deps.work.lastActivityMs = performance.now();
    if (this.#obey(message)) {
      message.acknowledge();
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      this.forgetWaiting();
      session.restart('the relay delivers more than the prefetch limit');
      return;
    }
    this.#waiting.push(message);
    void deps.inFlight.withPermit(() => this.#handleNext());
  }

  forgetWaiting(): void {
    this.#waiting.length = 0;
  }

  /** Obeys cancel and clock messages at once; false for all other messages, and for malformed ones. */
  #obey({ body }: RelayMessage): boolean {
    const { deps, clock } = this.#deps;
    return (isCancel(body) && obeyCancel(deps.cancels, body)) || (isClock(body) && clock.receive(body));
  }

  async #handleNext(): Promise<void> {
    const { work } = this.#deps.deps;
    const message = this.#waiting.shift();
    if (message === undefined || work.isEnding) return;
    work.running++;
    try {
      await this.#handle(message);
    } catch (error) {
      this.#pause(error);
    } finally {
      work.running--;
      work.lastActivityMs = performance.now();
    }
  }

  /** Throws when the disk is full. */
  async #handle(message: RelayMessage): Promise<void> {
    const { deps } = this.#deps;
    try {
      await handleMessage(deps, message);
    } catch (error) {
      if (isDiskError(error)) throw error;
      deps.log.error({ error: errorMessage(error) }, 'command not handled');
      answerFailure(deps, message, error);
      // An unacknowledged message would occupy one of the few places of the prefetch limit.
      message.acknowledge();
    }
  }

  #pause(error: unknown): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.forgetWaiting();
    const { deps, session, whenDiskRecovers } = this.#deps;
    deps.log.error(
      { error: errorMessage(error) },
      'the disk is full or read-only; commands wait in the relay',
    );
    this.consumer?.cancel();
    void whenDiskRecovers().then(() => session.restart('the disk has room again'));
  }
}
