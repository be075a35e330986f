import type { Action } from '../../contract/action.ts';
import { type Command, EMPTY_RESULT } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { MAX_RESULT_BYTES } from '../../contract/limits.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import type { Executed } from '../report/executed.ts';
import type { ModuleRunner, Outcome } from '../run/module-runner.ts';

/** Of an agent, in an answer without the rest of its command. */
const MAX_ECHOED_NAME = 256;
/** Of what an answer may take without its action; the rest is for the agent's own record. */
const SHARE_OF_RESULTS = 0.95;
const MIN_RESULT_BYTES = 4096;
/** Of a result that is too large, what may be sent of its errors and its statistics: 256 of them fit. */
const MAX_KEPT_BYTES = 4096;

/** Runs all operations at once, each with its own limit, and keeps their order in the results. */
export async function execute(
  action: Action,
  {
    runner,
    now,
    moduleTimeoutMs,
    cancelled,
  }: { runner: ModuleRunner; now: () => number; moduleTimeoutMs: number; cancelled: AbortSignal },
): Promise<Executed> {
  // What the operations find must fit into one answer, beside the command that it echoes.
  const room = (MAX_RESULT_BYTES - Buffer.byteLength(encodeJson(action))) * SHARE_OF_RESULTS;
  const maxBytes = Math.max(MIN_RESULT_BYTES, room / Math.max(1, action.operations.length));
  const timeoutMs = () => Math.min(moduleTimeoutMs, unixMillis(action.expireafter) - now());
  const outcomes = await Promise.all(
    action.operations.map(async (operation): Promise<Outcome> => {
      try {
        return await runner.run(operation.module, inflateParameters(operation), {
          timeoutMs,
          cancelled,
          maxBytes,
        });
      } catch (error) {
        if (!(error instanceof MigError)) throw error;
        return { status: 'failed', result: { ...EMPTY_RESULT, errors: [error.message] } };
      }
    }),
  );
  const bad = outcomes.filter(({ status }) => status !== 'success');
  const status = (bad.find((outcome) => outcome.status === 'cancelled') ?? bad[0])?.status ?? 'success';
  return { status, results: outcomes.map(({ result }) => result) };
}

/** The answer: the command echoed, with our queueloc, status and results (spec/relay.md#result-body). */
export function answerJson(command: Command, queueloc: string, answer: Executed): string {
  const agent = { ...command.agent, queueloc };
  const text = encodeJson({ ...command, agent, ...answer });
  if (Buffer.byteLength(text) <= MAX_RESULT_BYTES) return text;
  const results = answer.results.map((result) => {
    const limit = `the result of ${sizeOf(result.elements)} bytes was too large to send; narrow the search or lower its matchlimit`;
    const kept = <T>(value: T) => (sizeOf(value) <= MAX_KEPT_BYTES ? value : null);
    return {
      ...EMPTY_RESULT,
      foundanything: result.foundanything,
      statistics: kept(result.statistics),
      errors: [...(kept(result.errors) ?? []), limit],
      limits: [...(kept(result.limits ?? null) ?? []), limit],
    };
  });
  // Without the echo: that may be what is too large.
  const { id, name, pid } = command.agent;
  return encodeJson({
    id: command.id,
    action: { id: command.action.id },
    agent: { id, name: name.slice(0, MAX_ECHOED_NAME), queueloc, pid },
    status: 'failed',
    results,
  });
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(encodeJson(value));
}

/** Every operation came to nothing for the same reason. */
export function refusal(
  action: Pick<Action, 'operations'>,
  error: string,
  status: 'failed' | 'cancelled' = 'failed',
): Executed {
  const result = { ...EMPTY_RESULT, errors: [error] };
  return { status, results: action.operations.map(() => result) };
}
