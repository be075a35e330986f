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
 * Remembers, across restarts, which modules with which parameters were killed for their memory or processes. After the
 * second time they are refused for an hour, so that repeating a command cannot keep an endpoint under pressure.
 */
export class Strikes {
  readonly #file: string;
  readonly #strikes: Map<string, Strike>;

  constructor(stateDir: string) {
    this.#file = join(stateDir, 'strikes.json');
    this.#strikes = new Map(load(this.#file));
  }

  /** Throws while this module with these parameters is barred. */
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
      // On a full disk this process still remembers the strike.
    }
  }
}

/** Uses the absolute value: a time in the future was noted before the clock was set back. */
function isRecent({ lastMs }: Strike, nowMs: number): boolean {
  return Math.abs(nowMs - lastMs) < REFUSED_MS;
}

function keyOf(module: string, parameters: unknown): string {
  return sha256Hex(`${module}\n${goJson(parameters)}`);
}

/** Returns no strikes if there is no file yet, or a damaged one, which must not end the agent. */
function load(file: string): [string, Strike][] {
  try {
    return StrikesFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return [];
  }
}
