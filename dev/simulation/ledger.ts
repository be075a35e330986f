/** The commands that simulated agents ran. Nothing else writes it, so it can contradict the platform's records. */
export class Ledger {
  readonly #runs = new Map<number, number>();
  readonly #actions = new Set<string>();

  /** Ignores an action that this agent has run before: a real agent answers it from its journal. */
  record(run: { commandId: number; queueloc: string; actionDigest: string }): void {
    const key = `${run.queueloc} ${run.actionDigest}`;
    if (this.#actions.has(key)) return;
    this.#actions.add(key);
    this.#runs.set(run.commandId, (this.#runs.get(run.commandId) ?? 0) + 1);
  }

  get size(): number {
    return this.#runs.size;
  }

  /** Ids of the commands that ran. */
  commands(): number[] {
    return [...this.#runs.keys()];
  }

  /** Ids of the commands that ran more than once. */
  repeated(): number[] {
    return [...this.#runs].filter(([, runs]) => runs > 1).map(([commandId]) => commandId);
  }
}
