import { EventEmitter, once } from 'node:events';

/** The ids of the commands that this process is working on. */
export class ActiveCommands {
  readonly #ids = new Set<number>();
  readonly #events = new EventEmitter();

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  ids(): number[] {
    return [...this.#ids];
  }

  add(id: number): void {
    this.#ids.add(id);
  }

  remove(id: number): void {
    this.#ids.delete(id);
    this.#events.emit('end');
  }

  /** Resolves when the next command ends. Every command does, by its deadline. */
  async nextEnd(): Promise<void> {
    await once(this.#events, 'end');
  }
}
