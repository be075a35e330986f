import type { Action, Operation } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { MAX_RESULT_BYTES } from '../../contract/limits.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import type { CommandOutcome } from '../report/command-outcome.ts';
import type { ModuleRunner } from '../run/module-runner.ts';
import { failure, type Outcome } from '../run/outcome.ts';

/** The share of results in an answer without its action; the record of the agent needs the rest. */
const RESULTS_SHARE = 0.95;
const MIN_RESULT_BYTES = 4096;

interface ExecuteOptions {
  runner: ModuleRunner;
  now: () => number;
  moduleTimeoutMs: number;
  cancelled: AbortSignal;
}

/** Runs all operations in parallel, each with its own limits; the results keep their order. */
export async function execute(action: Action, options: ExecuteOptions): Promise<CommandOutcome> {
  const { runner, now, moduleTimeoutMs, cancelled } = options;
  const timeoutMs = () => Math.min(moduleTimeoutMs, unixMillis(action.expireafter) - now());
  const limits = { timeoutMs, cancelled, maxBytes: maxResultBytes(action) };
  const outcomes = await Promise.all(
    action.operations.map((operation) => runOperation(runner, { operation, ...limits })),
  );
  return { status: statusOf(outcomes), results: outcomes.map(({ result }) => result) };
}

/** All results must fit into one answer, next to the echoed command. */
function maxResultBytes(action: Action): number {
  const freeBytes = (MAX_RESULT_BYTES - Buffer.byteLength(encodeJson(action))) * RESULTS_SHARE;
  return Math.max(MIN_RESULT_BYTES, freeBytes / Math.max(1, action.operations.length));
}

async function runOperation(
  runner: ModuleRunner,
  {
    operation,
    ...limits
  }: { operation: Operation; timeoutMs: () => number; cancelled: AbortSignal; maxBytes: number },
): Promise<Outcome> {
  try {
    const parameters = inflateParameters(operation);
    return await runner.run({ module: operation.module, parameters, ...limits });
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return failure('failed', error.message);
  }
}

/** A cancel outweighs a failure, and a failure outweighs a success. */
function statusOf(outcomes: readonly Outcome[]): Outcome['status'] {
  const failed = outcomes.map(({ status }) => status).filter((status) => status !== 'success');
  return failed.find((status) => status === 'cancelled') ?? failed[0] ?? 'success';
}
