/** What simulated agents ran: kept by nobody but them, so that it can contradict the platform. */
export class Ledger {
  readonly #runs = new Map<number, number>();
  readonly #actions = new Set<string>();

  /** False when this agent ran this signed action before, under whatever id: then it must not run it. */
  begin(command: number, queueloc: string, digest: string): boolean {
    const key = `${queueloc} ${digest}`;
    if (this.#actions.has(key)) return false;
    this.#actions.add(key);
    this.#runs.set(command, (this.#runs.get(command) ?? 0) + 1);
    return true;
  }

  get size(): number {
    return this.#runs.size;
  }

  commands(): number[] {
    return [...this.#runs.keys()];
  }

  /** Commands that ran more than once. */
  repeated(): number[] {
    return [...this.#runs].filter(([, runs]) => runs > 1).map(([command]) => command);
  }
}
