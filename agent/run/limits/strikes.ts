import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Hex } from '../../../contract/digest.ts';
import { MigError } from '../../../contract/errors.ts';
import { goJson } from '../../../contract/go/json.ts';
import type { Breach } from './breach.ts';

const REFUSED_MS = 3_600_000;
const STRIKES = 2;
const MAX_ENTRIES = 1000;

const Strike = z.object({
  count: z.number(),
  breach: z.enum(['memory', 'processes']) satisfies z.ZodType<Breach>,
  lastMs: z.number(),
});
type Strike = z.infer<typeof Strike>;
const StrikesFile = z.array(z.tuple([z.string(), Strike]));

/**
 * Remembers, also over a restart, which modules were killed for memory or processes with which parameters: after
 * twice they are refused for an hour, so that nobody can hold an endpoint under pressure by asking again.
 */
export class Strikes {
  readonly #file: string;
  readonly #strikes: Map<string, Strike>;

  constructor(stateDir: string) {
    this.#file = join(stateDir, 'strikes.json');
    this.#strikes = new Map(load(this.#file));
  }

  /** Throws when this module with these parameters must wait. */
  check(module: string, parameters: unknown, nowMs: number): void {
    const strike = this.#strikes.get(keyOf(module, parameters));
    if (!strike || strike.count < STRIKES || !isRecent(strike, nowMs)) return;
    const until = new Date(strike.lastMs + REFUSED_MS).toISOString();
    throw new MigError(
      'module_barred',
      `module '${module}' with these parameters was killed ${strike.count} times for taking too much ${strike.breach}; it is refused until ${until}`,
    );
  }

  add(module: string, parameters: unknown, { breach, nowMs }: { breach: Breach; nowMs: number }): void {
    const key = keyOf(module, parameters);
    const earlier = this.#strikes.get(key);
    this.#strikes.delete(key);
    this.#strikes.set(key, {
      count: (earlier && isRecent(earlier, nowMs) ? earlier.count : 0) + 1,
      breach,
      lastMs: nowMs,
    });
    for (const oldest of [...this.#strikes.keys()].slice(0, -MAX_ENTRIES)) this.#strikes.delete(oldest);
    try {
      writeFileSync(`${this.#file}.new`, JSON.stringify([...this.#strikes]), { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // a full disk: this run of the agent remembers all the same
    }
  }
}

/** A time that lies ahead was noted by a clock that has been set back since. */
function isRecent({ lastMs }: Strike, nowMs: number): boolean {
  return Math.abs(nowMs - lastMs) < REFUSED_MS;
}

function keyOf(module: string, parameters: unknown): string {
  return sha256Hex(`${module}\n${goJson(parameters)}`);
}

/** None where there is no file yet, or one that is damaged: that must not end the agent. */
function load(file: string): [string, Strike][] {
  try {
    return StrikesFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return [];
  }
}
