import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Action } from '../../contract/action.ts';
import type { Command, ModuleResult } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { AppendFile } from '../append-file.ts';
import { type Executed, inflate } from '../execute.ts';

export interface Signer {
  name: string;
  fingerprint: string;
}

interface ActionFacts {
  id: number;
  name: string;
}

/** One line of the report: what the agent was asked, by whom, and what left the machine. */
export type ReportLine =
  | {
      event: 'accepted';
      time: string;
      command: number;
      action: ActionFacts;
      signers: Signer[];
      operations: { module: string; parameters: unknown }[];
    }
  | { event: 'answered'; time: string; command: number; status: string; answers: AnswerFacts[] }
  | {
      event: 'refused';
      time: string;
      /** Missing when the message was not readable. */
      command?: number | undefined;
      action?: ActionFacts | undefined;
      modules?: string[] | undefined;
      code: string;
      reason: string;
    }
  | { event: 'suppressed'; time: string; count: number };

/** What kind of answer an operation gave: never the answer itself. */
export interface AnswerFacts {
  module: string;
  foundAnything: boolean;
  /** Size of the found elements as JSON. */
  bytes: number;
  errors: string[];
}

const MAX_PARAMETER_BYTES = 64 * 1024;
const MAX_TEXT = 500;
/** More refusals in an hour are only counted: a hostile relay must not fill the disk. */
const MAX_REFUSALS_PER_HOUR = 500;
const FILE = /^\d{4}-\d{2}\.jsonl$/;

export function reportFolder(stateDir: string): string {
  return join(stateDir, 'report');
}

export function reportFiles(stateDir: string): string[] {
  const folder = reportFolder(stateDir);
  return readdirSync(folder)
    .filter((name) => FILE.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Writes the report that the owner of the machine can ask for: a file a month, only ever appended to. */
export class Report {
  readonly #stateDir: string;
  readonly #options: { keepMs: number; isForEveryone: boolean; now: () => number };
  #month = '';
  #lines: AppendFile | undefined;
  #hour = 0;
  #refusals = 0;

  constructor(stateDir: string, options: { keepMs: number; isForEveryone: boolean; now: () => number }) {
    this.#stateDir = stateDir;
    this.#options = options;
    const folder = reportFolder(stateDir);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, options.isForEveryone ? 0o755 : 0o700);
    chmodSync(stateDir, options.isForEveryone ? 0o711 : 0o700);
    this.#removeOld();
  }

  /** Before anything runs; throws when it cannot be written, and then nothing may run. */
  accepted(command: Command, signers: Signer[]): void {
    this.#append({
      event: 'accepted',
      time: this.#now(),
      command: command.id,
      action: factsOf(command.action),
      signers,
      operations: command.action.operations.map((operation) => ({
        module: operation.module,
        parameters: readable(operation),
      })),
    });
  }

  answered(command: Command, { status, results }: Executed): void {
    const answers = command.action.operations.map(({ module }, index) => answerFacts(module, results[index]));
    this.#tryAppend({ event: 'answered', time: this.#now(), command: command.id, status, answers });
  }

  /** False when there were too many this hour: then it is only counted, and not worth a line in the log either. */
  refused(refusal: { command?: Command | undefined; code: string; reason: string }): boolean {
    const hour = Math.floor(this.#options.now() / 3_600_000);
    if (hour !== this.#hour) this.#newHour(hour);
    if (++this.#refusals > MAX_REFUSALS_PER_HOUR) return false;
    const { command, code, reason } = refusal;
    this.#tryAppend({
      event: 'refused',
      time: this.#now(),
      ...(command && {
        command: command.id,
        action: factsOf(command.action),
        modules: command.action.operations.slice(0, 32).map(({ module }) => module.slice(0, MAX_TEXT)),
      }),
      code,
      reason: reason.slice(0, MAX_TEXT),
    });
    return true;
  }

  close(): void {
    this.#lines?.close();
    this.#lines = undefined;
  }

  #newHour(hour: number): void {
    const count = this.#refusals - MAX_REFUSALS_PER_HOUR;
    if (count > 0) this.#tryAppend({ event: 'suppressed', time: this.#now(), count });
    this.#hour = hour;
    this.#refusals = 0;
  }

  #now(): string {
    return new Date(this.#options.now()).toISOString();
  }

  #append(line: ReportLine): void {
    const month = line.time.slice(0, 7);
    if (!this.#lines || month !== this.#month) {
      this.close();
      this.#removeOld();
      const file = join(reportFolder(this.#stateDir), `${month}.jsonl`);
      this.#lines = new AppendFile(file, this.#options.isForEveryone ? 0o644 : 0o600);
      this.#month = month;
    }
    this.#lines.append(line, { sync: false });
  }

  /** For what happened anyway: a full disk must not stop the answer. */
  #tryAppend(line: ReportLine): void {
    try {
      this.#append(line);
    } catch {
      // the next command finds the disk full before it runs, and says so in the log
    }
  }

  #removeOld(): void {
    const oldest = new Date(this.#options.now() - this.#options.keepMs).toISOString().slice(0, 7);
    for (const file of reportFiles(this.#stateDir)) {
      if ((file.split(/[\\/]/).at(-1) ?? '').slice(0, 7) < oldest) rmSync(file, { force: true });
    }
  }
}

function factsOf(action: Action): ActionFacts {
  return { id: action.id, name: action.name.slice(0, MAX_TEXT) };
}

function readable(operation: Action['operations'][number]): unknown {
  let parameters: unknown;
  try {
    parameters = inflate(operation);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return `(${error.message})`;
  }
  const text = JSON.stringify(parameters) ?? 'null';
  return text.length <= MAX_PARAMETER_BYTES
    ? parameters
    : `(${text.length} characters) ${text.slice(0, 1000)}`;
}

function answerFacts(module: string, result: ModuleResult | undefined): AnswerFacts {
  return {
    module,
    foundAnything: result?.foundanything ?? false,
    bytes: result?.elements == null ? 0 : JSON.stringify(result.elements).length,
    errors: (result?.errors ?? []).slice(0, 10).map((error) => error.slice(0, MAX_TEXT)),
  };
}
