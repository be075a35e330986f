import type { Action } from '../../contract/action.ts';
import type { Command } from '../../contract/command.ts';
import type { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { MAX_RESULT_BYTES } from '../../contract/limits.ts';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import type { CommandOutcome } from '../report/command-outcome.ts';

/** The longest agent name in an answer that does not echo the rest of its command. */
const MAX_ECHOED_NAME = 256;
/** The most bytes of errors, and of statistics, that a result keeps when it is too large: those of 256 results fit. */
const MAX_KEPT_BYTES = 4096;
const MAX_REASON_CHARACTERS = 1000;
/** The number of results that repeat the reason of a refusal; those of further operations refer to the first. */
const REPEATED_REASONS = 4;

/** The answer: the command echoed, with our queueloc, status and results (spec/relay.md#result-body). */
export function answerJson(command: Command, queueloc: string, answer: CommandOutcome): string {
  const agent = { ...command.agent, queueloc };
  const text = encodeJson({ ...command, agent, ...answer });
  if (Buffer.byteLength(text) <= MAX_RESULT_BYTES) return text;
  // The echo is omitted: it may itself be too large.
  const { id, name, pid } = command.agent;
  return encodeJson({
    id: command.id,
    action: { id: command.action.id },
    agent: { id, name: name.slice(0, MAX_ECHOED_NAME), queueloc, pid },
    status: 'failed',
    results: answer.results.map(withoutElements),
  });
}

function withoutElements(result: ModuleResult): ModuleResult {
  const limit = `the result of ${sizeOf(result.elements)} bytes was too large to send; narrow the search or lower its matchlimit`;
  return {
    ...EMPTY_RESULT,
    foundanything: result.foundanything,
    statistics: keepIfSmall(result.statistics),
    errors: [...(keepIfSmall(result.errors) ?? []), limit],
    limits: [...(keepIfSmall(result.limits ?? null) ?? []), limit],
  };
}

function keepIfSmall<T>(value: T): T | null {
  return sizeOf(value) <= MAX_KEPT_BYTES ? value : null;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(encodeJson(value));
}

/** The outcome of an action whose operations all failed for the same reason. */
export function uniformOutcome(
  { operations }: Pick<Action, 'operations'>,
  { error, status = 'failed' }: { error: string; status?: 'failed' | 'cancelled' },
): CommandOutcome {
  const result = { ...EMPTY_RESULT, errors: [error] };
  return { status, results: operations.map(() => result) };
}

/** The answer to a refused command: the fields that MIG's scheduler needs (spec/relay.md#result-body). */
export function refusalJson({ id, action, agent }: Command, queueloc: string, error: MigError): string {
  const reason = error.message.slice(0, MAX_REASON_CHARACTERS);
  return encodeJson({
    id,
    action: { id: action.id },
    agent: { id: agent.id, queueloc, pid: agent.pid },
    status: error.code === 'command_cancelled' ? 'cancelled' : 'failed',
    results: action.operations.map((_, index) => ({
      ...EMPTY_RESULT,
      errors: [index < REPEATED_REASONS ? reason : 'refused: see the first result'],
    })),
  });
}

/** The answer to a command whose id alone is known. */
export function shortAnswer(id: number, queueloc: string, error: string): string {
  return encodeJson({
    id,
    agent: { queueloc },
    status: 'failed',
    results: [{ ...EMPTY_RESULT, errors: [error.slice(0, MAX_REASON_CHARACTERS)] }],
  });
}
