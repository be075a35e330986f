import { parseCancel } from '../../contract/cancel.ts';
import type { Command } from '../../contract/command.ts';

/** At least this many cancelled commands that have not arrived yet are remembered, and at most twice as many. */
const REMEMBERED = 10_000;

/** Stops cancelled commands that are in progress, and keeps those that arrive later from starting. */
export class Cancels {
  readonly #running = new Map<number, AbortController>();
  /** Two generations. Dropping a whole one takes constant time; removing the first element of a large Set does not. */
  #remembered = new Set<number>();
  #older: ReadonlySet<number> = new Set();

  cancel(commandIds: readonly number[]): void {
    for (const id of commandIds) {
      const running = this.#running.get(id);
      if (running) running.abort();
      else this.#remember(id);
    }
  }

  /** Returns a signal that aborts when the command is cancelled. Senders without the capability cannot cancel. */
  watch({ id, capabilities = [] }: Pick<Command, 'id' | 'capabilities'>): AbortSignal {
    const controller = new AbortController();
    if (!capabilities.includes('cancel')) return controller.signal;
    this.#running.set(id, controller);
    if (this.#remembered.has(id) || this.#older.has(id)) controller.abort();
    return controller.signal;
  }

  forget(commandId: number): void {
    this.#running.delete(commandId);
  }

  #remember(id: number): void {
    if (this.#remembered.size >= REMEMBERED) {
      this.#older = this.#remembered;
      this.#remembered = new Set();
    }
    this.#remembered.add(id);
  }
}

/** Obeys a cancel message; false when it is malformed and must be refused. */
export function obeyCancel(cancels: Cancels, body: Buffer): boolean {
  let ids: number[];
  try {
    ids = parseCancel(body);
  } catch {
    return false;
  }
  cancels.cancel(ids);
  return true;
}
