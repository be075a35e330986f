import { gzipSync } from 'node:zlib';
import type { Action, Operation } from '../../contract/action.ts';
import type { Command } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import type { CommandOutcome } from './command-outcome.ts';

export interface Signer {
  name: string;
  fingerprint: string;
}

interface ActionFacts {
  id: number;
  name: string;
}

/** An operation with all its parameters; long ones are gzipped, in base64. */
export type AskedOperation = { module: string; parameters: unknown } | { module: string; gzip: string };

export interface AcceptedLine {
  event: 'accepted';
  time: string;
  command: number;
  action: ActionFacts;
  signers: Signer[];
  operations: AskedOperation[];
}

export interface RefusedLine {
  event: 'refused';
  time: string;
  /** Undefined when the message could not be read. */
  command?: number | undefined;
  action?: ActionFacts | undefined;
  /** The signers whose signatures are genuine. */
  signers?: Signer[] | undefined;
  modules?: string[] | undefined;
  code: string;
  reason: string;
}

/** One line of the report: a command and its signers, or the kind of answer that left the machine. */
export type ReportLine =
  | AcceptedLine
  | RefusedLine
  | { event: 'answered'; time: string; command: number; status: string; answers: AnswerFacts[] }
  | { event: 'suppressed'; time: string; count: number }
  | NoticeLine;

/** A problem of the agent itself that the owner of the machine should know about. */
interface NoticeLine {
  event: 'notice';
  time: string;
  text: string;
}

/** The kind of result of an operation, never the result itself. */
export interface AnswerFacts {
  module: string;
  foundAnything: boolean;
  /** Size of the found elements as JSON. */
  bytes: number;
  errors: string[];
}

/** No line is longer, because the size of commands is limited. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_PLAIN_PARAMETERS = 4096;
const MAX_TEXT = 500;
const MAX_MODULES = 32;
const MAX_MODULE_TEXT = 100;
/** The most characters of all errors of one answer together. */
const MAX_ERROR_TEXT = 8192;

export function factsOf(action: Action): ActionFacts {
  return { id: action.id, name: action.name.slice(0, MAX_TEXT) };
}

export function refusedLine({
  time,
  command,
  signers,
  code,
  reason,
}: {
  time: string;
  command?: Command | undefined;
  signers?: Signer[] | undefined;
  code: string;
  reason: string;
}): RefusedLine {
  const line: RefusedLine = { event: 'refused', time, code, reason: reason.slice(0, MAX_TEXT) };
  if (!command) return line;
  line.command = command.id;
  line.action = factsOf(command.action);
  line.signers = signers?.map(({ name, fingerprint }) => ({ name: name.slice(0, MAX_TEXT), fingerprint }));
  line.modules = command.action.operations
    .slice(0, MAX_MODULES)
    .map(({ module }) => module.slice(0, MAX_MODULE_TEXT));
  return line;
}

/** Compressed parameters stay compressed on disk: only readers expand them. */
export function askedOperation(operation: Operation): AskedOperation {
  const { module, parameters, is_compressed: isCompressed } = operation;
  if (isCompressed && typeof parameters === 'string') return { module, gzip: parameters };
  const text = JSON.stringify(parameters) ?? 'null';
  if (text.length <= MAX_PLAIN_PARAMETERS) return { module, parameters };
  return { module, gzip: gzipSync(text, { level: 1 }).toString('base64') };
}

/** The parameters as the module received them. */
export function wholeParameters(operation: AskedOperation): unknown {
  if ('parameters' in operation) return operation.parameters;
  const { module, gzip } = operation;
  try {
    return inflateParameters({ module, parameters: gzip, is_compressed: true });
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return `(${error.message})`;
  }
}

export function answerFacts({ operations }: Action, { results }: CommandOutcome): AnswerFacts[] {
  let freeCharacters = MAX_ERROR_TEXT;
  const clip = (error: string) => {
    const text = error.slice(0, Math.min(MAX_TEXT, freeCharacters));
    freeCharacters -= text.length;
    return text;
  };
  return operations.map(({ module }, index) => {
    const result: ModuleResult | undefined = results[index];
    return {
      module: module.slice(0, MAX_MODULE_TEXT),
      foundAnything: result?.foundanything ?? false,
      bytes: result?.elements == null ? 0 : JSON.stringify(result.elements).length,
      errors: (result?.errors ?? [])
        .slice(0, 10)
        .map(clip)
        .filter((text) => text !== ''),
    };
  });
}
