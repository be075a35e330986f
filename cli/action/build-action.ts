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
  /** The name of the action as it is typed, unless -n gives one. */
  commandLine: readonly string[];
}

/** Builds an action of one operation. It has no window until it is signed. */
export function buildAction(
  { module, parameters, commandLine }: NewOperation,
  options: GlobalOptions,
  macros: ReadonlyMap<string, string>,
): Action {
  const operation = { module, parameters };
  return parseNewAction(
    encodeJson({
      name: options.name ?? shortened(shellLine(commandLine)),
      target: buildTarget(options, macros),
      operations: [options.compress ? compressed(operation) : operation],
      syntaxversion: SYNTAX_VERSION,
    }),
  );
}

function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}...` : name;
}

/** The operation with compressed parameters, as MIG's clients send it on request. */
export function compressed({ module, parameters }: Pick<NewOperation, 'module' | 'parameters'>) {
  return {
    module,
    parameters: gzipSync(goJson(parameters)).toString('base64'),
    is_compressed: true,
    want_compressed: true,
  };
}
