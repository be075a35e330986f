import type { z } from 'zod';
import type { ModuleResult } from '../contract/command.ts';
import type { FlagKind, ParsedFlags } from '../contract/go/flags.ts';

/** What people and programs on the investigator's side need of a module; runs nothing. */
export interface ModuleInterface {
  name: string;
  /** One line for lists. */
  summary: string;
  /** The flags, for `mig <module> help`. */
  help: string;
  /** Its parameters, read as Go reads them: what it does not know is dropped. */
  schema: z.ZodType;
  /** What is wrong with these parameters; undefined when nothing is. */
  checkParameters(parameters: unknown): string | undefined;
  /** The same and what is too much for a server, in steps of tens of milliseconds, for modules that take longer. */
  checkParametersInSteps?(parameters: unknown): Generator<void, string | undefined>;
  /** Its flags, so that a command line with others in it can be told apart. */
  flags: Record<string, FlagKind>;
  /** Reads command line flags; throws MigError('usage'), gives undefined when help was asked for. */
  parseFlags(args: readonly string[]): unknown;
  /** What of the flags is wrong, or would be dropped for another one, with what to write instead; undefined when nothing is. */
  findFlagMistake?(values: ParsedFlags['values']): string | undefined;
  /** What is allowed and cannot be meant, with what to write instead; undefined when nothing is. */
  findMistake?(parameters: unknown): string | undefined;
  /** Lines for people. `foundOnly` leaves out errors, statistics and empty results. */
  print(result: ModuleResult, options: { foundOnly: boolean }): string[];
}

/** The agent that a module runs in, for modules that concern the agent itself. */
export interface AgentHost {
  version: string;
  stateDir: string;
  /** PEM of the CA that the configuration names; undefined: those of the system. */
  ca: string | undefined;
  /** URLs, with user and password where they need one, to try before the direct way. */
  proxies: readonly string[];
  /** Whether this build may fetch over plain HTTP. */
  allowsPlainHttp: boolean;
}

/** What a run may take. */
export interface RunTerms {
  /** When it should have ended, of `performance.now()`, so that what it found is not lost. */
  endsAtMs: number;
  /** The largest answer as JSON. */
  maxBytes: number;
  /** MIG's own programs ask, which send no terms: the answer is theirs wherever a conformance case says so. */
  asMig: boolean;
}

export const NO_TERMS: RunTerms = {
  endsAtMs: Number.POSITIVE_INFINITY,
  maxBytes: Number.POSITIVE_INFINITY,
  asMig: false,
};

/** What the agent needs of a module: a run in a process of its own. */
export interface ModuleRun {
  /** Takes the decoded parameters; throws only when something is broken, refusals are results. */
  run(parameters: unknown, host: () => Promise<AgentHost>, terms?: RunTerms): Promise<ModuleResult>;
  /** The result of a run that never began, with this error. */
  failed(error: string): ModuleResult;
  /** Masks what identifies, for agents in extra privacy mode. */
  mask?(result: ModuleResult): ModuleResult;
}
