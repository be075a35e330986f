import { parseCancel } from '../../contract/cancel.ts';
import type { Command } from '../../contract/command.ts';

/** How many ids of cancelled commands that have not come are kept at least; twice as many at most. */
const REMEMBERED = 10_000;

/** Which commands were cancelled: those in progress are stopped, those that come later do not start. */
export class Cancels {
  readonly #running = new Map<number, AbortController>();
  /** Two generations: dropping the older one costs the same whatever a relay sends; a Set that loses its first does not. */
  #remembered = new Set<number>();
  #older: ReadonlySet<number> = new Set();

  cancel(commandIds: readonly number[]): void {
    for (const id of commandIds) {
      const running = this.#running.get(id);
      if (running) running.abort();
      else this.#remember(id);
    }
  }

  /** The signal is aborted when the command is cancelled. A sender that does not announce cancels cannot cancel. */
  begin({ id, capabilities = [] }: Pick<Command, 'id' | 'capabilities'>): AbortSignal {
    const controller = new AbortController();
    if (!capabilities.includes('cancel')) return controller.signal;
    this.#running.set(id, controller);
    if (this.#remembered.has(id) || this.#older.has(id)) controller.abort();
    return controller.signal;
  }

  end(commandId: number): void {
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

/** Obeys a cancel message; false when the message is malformed, which is for others to refuse. */
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
