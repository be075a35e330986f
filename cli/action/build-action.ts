import { gzipSync } from 'node:zlib';
import { type Action, parseNewAction } from '../../contract/action.ts';
import { encodeJson, goJson } from '../../contract/go/json.ts';
import { SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { shellLine } from '../../contract/text/shell-word.ts';
import type { GlobalOptions } from '../options.ts';
import { buildTarget } from './target.ts';

const MAX_NAME = 100;

interface NewOperation {
  module: string;
  parameters: unknown;
}

interface NewAction {
  operations: readonly NewOperation[];
  /** The name of the action as it is typed, unless -n gives one. */
  commandLine: readonly string[];
}

/** Builds an action. It has no window until it is signed. */
export function buildAction(
  { operations, commandLine }: NewAction,
  options: GlobalOptions,
  macros: ReadonlyMap<string, string>,
): Action {
  return parseNewAction(
    encodeJson({
      name: options.name ?? shortened(shellLine(commandLine)),
      target: buildTarget(options, macros),
      operations: options.compress ? operations.map(compressed) : operations,
      syntaxversion: SYNTAX_VERSION,
    }),
  );
}

function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}...` : name;
}

/** The operation with compressed parameters, as MIG's clients send it on request. */
function compressed({ module, parameters }: NewOperation) {
  return {
    module,
    parameters: gzipSync(goJson(parameters)).toString('base64'),
    is_compressed: true,
    want_compressed: true,
  };
}

/** The operations of an action, those compressed that ask for it, as MIG's programs that read files do. */
export function compressWanted(operations: Action['operations']): Action['operations'] {
  return operations.map((operation) =>
    operation.want_compressed && !operation.is_compressed ? compressed(operation) : operation,
  );
}
