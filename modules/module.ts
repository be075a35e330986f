import type { z } from 'zod';
import type { FlagKind, ParsedFlags } from '../contract/go/flags.ts';
import type { ModuleResult } from '../contract/module-result.ts';
import type { Option } from './option.ts';

/**
 * A module: what `mig`, the API and the documentation know of it, and how to load the code that runs on an endpoint.
 * `defineModule` makes one from a folder's parts.
 */
export interface Module {
  name: string;
  /** One line for lists of modules. */
  summary: string;
  about: About;
  /** The flags and what they mean, for `mig <module> help`. */
  help: string;
  /** The parameters, decoded as Go does: unknown fields are dropped. */
  parameters: z.ZodType;
  /** The parameters that people can write, with their flags and texts. */
  options: readonly Option[];
  /** Returns the first problem with the parameters; undefined when there is none. */
  checkParameters(parameters: unknown): string | undefined;
  /**
   * As `checkParameters`, with limits for a server. Yields every few tens of milliseconds; for modules whose checks take
   * longer.
   */
  checkParametersInSteps?(parameters: unknown): Generator<void, string | undefined>;
  /** The flags by name, which separate them from the options of `mig` on the same command line. */
  flags: Record<string, FlagKind>;
  /** Turns flags into parameters. Returns undefined when help was requested. Throws MigError('usage'). */
  parseFlags(args: readonly string[]): unknown;
  /** Returns a flag that is wrong or would be ignored, with a correction; undefined when there is none. */
  findFlagMistake?(values: ParsedFlags['values']): string | undefined;
  /** Returns a valid parameter that must be a mistake, with a correction; undefined when there is none. */
  findMistake?(parameters: unknown): string | undefined;
  /** Formats a result as lines for people. `foundOnly` omits errors, statistics and empty results. */
  print(result: ModuleResult, options: { foundOnly: boolean }): string[];
  /**
   * Formats what was found without what differs although the finding is the same: process ids, times, ephemeral ports.
   * Answers with the same lines are folded into one group. Without it the lines are those of `print`.
   */
  printStable?(result: ModuleResult): string[];
  /** Imports the code that runs on an endpoint. A process loads only the module that it runs. */
  loadRun(): Promise<ModuleRun>;
  /** The half that runs as long as the agent. Only persistent modules have one. */
  persistent?: PersistentModule;
}

/** What people read about a module, on its page in docs/modules and in its help. */
export interface About {
  /** What it answers, and how it finds out: one or two paragraphs. */
  intro: string;
  /** What else a user must know: limits, special values. Paragraphs, or lines that begin with two blanks. */
  notes?: string;
  /** What works on each system: `complete`, `not supported`, or the like. Details follow a semicolon. */
  platforms: Record<'linux' | 'darwin' | 'windows', string>;
  /** Which data leave the endpoint, and what extra privacy mode masks. */
  privacy: string;
  example: Example;
}

/** A worked example. The documentation prints the result as `mig` would. */
interface Example {
  /** The question that an investigator has. */
  question: string;
  /** The flags; for a module without flags, its parameters as an action file has them. */
  args?: readonly string[];
  parameters?: unknown;
  result: ModuleResult;
}

/** The half of a module that the agent runs, in a process of its own. `defineRun` makes one. */
export interface ModuleRun {
  /** Runs an operation. A refusal is a result. Throws only on a defect. */
  run(parameters: unknown, context: RunContext): Promise<ModuleResult>;
  /** Returns the result of a run that could not start. */
  failed(error: string): ModuleResult;
  /** Masks data that identifies files or people, for agents in extra privacy mode. */
  mask?(result: ModuleResult): ModuleResult;
}

export interface RunContext {
  /** Loads the agent's configuration, for modules that concern the agent itself. */
  loadHost(): Promise<AgentHost>;
  /** Undefined for a run without limits. */
  terms?: RunTerms;
  /** Where the persistent module listens, as `unix:<path>`; undefined when the message does not name it. */
  persistSocket?: string;
}

/** The agent that the module runs in. */
export interface AgentHost {
  version: string;
  stateDir: string;
  /** The configured CA as PEM; undefined for the CAs of the system. */
  ca: string | undefined;
  /** URLs, with credentials where needed, to try before a direct connection. */
  proxies: readonly string[];
  /** Whether this build may download over plain HTTP. */
  allowsPlainHttp: boolean;
}

/** The limits of a run. A module that stays within them loses no result. */
export interface RunTerms {
  /** The time to end by, on the clock of `performance.now()`. */
  endsAtMs: number;
  /** The largest result as JSON. */
  maxBytes: number;
  /** True when the message had no terms: MIG's own programs sent it, and expect results as in the conformance cases. */
  asMig: boolean;
}

export const NO_TERMS: RunTerms = {
  endsAtMs: Number.POSITIVE_INFINITY,
  maxBytes: Number.POSITIVE_INFINITY,
  asMig: false,
};

/** The half of a module that a process of its own runs as long as the agent (spec/modules/README.md#persistent-modules). */
export interface PersistentModule {
  /** The settings of `<name>.cfg`. Their fields have the form `section.key`. */
  settings: readonly Option[];
  /** Imports the code of that process. `definePersistent` makes it. */
  load(): Promise<PersistentRun>;
}

export interface PersistentRun {
  /** Starts to work. Throws what ends the module. */
  start(setup: PersistentSetup, host: PersistentHost): Promise<PersistentWork>;
  /** Answers a query. The parameters come from the query's process, which has checked them. */
  answer(parameters: unknown): ModuleResult;
}

/** The agent's message with which the work begins. */
export interface PersistentSetup {
  /** The settings by section. */
  config: unknown;
  hostname: string;
  environment: unknown;
  tags: Record<string, string>;
}

/** What a running persistent module may tell its agent. */
export interface PersistentHost {
  log(message: string): void;
  alert(message: string): void;
  /** Ends the module. The agent starts it again. */
  fail(error: unknown): void;
}

export interface PersistentWork {
  /** Receives the alerts of the other modules; only the module that sends them off the host has it. */
  receiveAlert?(message: string): void;
  /** Undoes what the module changed on the machine, before the process ends in order. At once, without waiting. */
  end?(): void;
}
