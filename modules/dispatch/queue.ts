import { errorMessage } from '../../contract/errors.ts';
import { createWakeUp } from '../../platform/async/wake-up.ts';

/** Sends one record. Throws when it is lost, with the reason. */
export type Send = (record: string) => Promise<void>;

/** A way off the host. */
export interface Sender {
  /** Throws what ends the module. */
  connect(): Promise<Send>;
  /** The start of the log line about a lost record. */
  name: string;
}

interface QueueOptions {
  maxAlerts: number;
  sender: Sender;
  log(message: string): void;
  now(): number;
}

const WARN_EVERY_MS = 5 * 60_000;
const IDLE_MS = 60_000;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** Sends alerts one after the other. Those that find no room are dropped and counted. */
export class AlertQueue {
  readonly #options: QueueOptions;
  readonly #wakeUp = createWakeUp();
  #waiting: string[] = [];
  #bytes = 0;
  #dropped = 0;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #warning: NodeJS.Timeout | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  add(record: string): void {
    const bytes = Buffer.byteLength(record);
    if (this.#waiting.length >= this.#options.maxAlerts || this.#bytes + bytes > MAX_WAITING_BYTES) {
      this.#drop();
      return;
    }
    this.#waiting.push(record);
    this.#bytes += bytes;
    this.#wakeUp.wake();
  }

  /** Sends for ever. Rejects when the sender cannot be used at all. */
  async start(): Promise<never> {
    const { sender, log } = this.#options;
    const send = await sender.connect();
    while (true) {
      const record = this.#waiting.shift();
      if (record === undefined) {
        await this.#wakeUp.wait(IDLE_MS);
        continue;
      }
      this.#bytes -= Buffer.byteLength(record);
      await send(record).catch((error) => log(`${sender.name}: ${errorMessage(error)}`));
    }
  }

  /** Reports what was dropped since the last warning. */
  end(): void {
    if (this.#dropped > 0) this.#warn();
  }

  #drop(): void {
    this.#dropped++;
    const leftMs = this.#warnedMs + WARN_EVERY_MS - this.#options.now();
    if (leftMs <= 0) this.#warn();
    else this.#warning ??= setTimeout(() => this.#warn(), leftMs).unref();
  }

  #warn(): void {
    clearTimeout(this.#warning);
    this.#warning = undefined;
    this.#warnedMs = this.#options.now();
    this.#options.log(
      `warning, dispatch module dropping messages (buffer full, ${this.#dropped} dropped since last warning)`,
    );
    this.#dropped = 0;
  }
}
