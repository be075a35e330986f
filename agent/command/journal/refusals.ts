/** The answer to a refused command, and the digest of its message. */
export interface Refusal {
  digest: string;
  answer: string;
  isConfirmed: boolean;
}

const MAX_REFUSALS = 1000;
/** The most bytes of all refusals, as the journal stores them. */
const MAX_BYTES = 1024 * 1024;

/** The latest refusals, up to a limit. Any of them may be forgotten: its command is then authorized again. */
export class Refusals {
  readonly #refusals = new Map<number, Refusal>();
  #bytes = 0;

  get(id: number): Refusal | undefined {
    return this.#refusals.get(id);
  }

  add(id: number, refusal: Refusal): void {
    this.delete(id);
    this.#refusals.set(id, refusal);
    this.#bytes += bytesOf(refusal);
    for (const oldest of this.#refusals.keys()) {
      if (this.#refusals.size <= MAX_REFUSALS && this.#bytes <= MAX_BYTES) return;
      this.delete(oldest);
    }
  }

  confirm(id: number): void {
    const refusal = this.#refusals.get(id);
    if (refusal) refusal.isConfirmed = true;
  }

  delete(id: number): void {
    const refusal = this.#refusals.get(id);
    if (!refusal) return;
    this.#refusals.delete(id);
    this.#bytes -= bytesOf(refusal);
  }

  unconfirmed(): number[] {
    return [...this.#refusals].filter(([, { isConfirmed }]) => !isConfirmed).map(([id]) => id);
  }

  entries(): [number, Refusal][] {
    return [...this.#refusals];
  }
}

function bytesOf(refusal: Refusal): number {
  return Buffer.byteLength(JSON.stringify(refusal));
}
