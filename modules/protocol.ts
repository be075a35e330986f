import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { goObject } from '../contract/fields.ts';
import { NO_TERMS, type RunTerms } from './module.ts';

/** One line of JSON to a module process (spec/modules/README.md#messages). */
const Message = goObject({
  class: z.string().default(''),
  parameters: z.unknown().default(null),
  persistsock: z.string().optional(),
  /** Ours: what the module may take. MIG's programs send nothing of it. */
  terms: goObject({ timeoutms: z.number().positive(), maxbytes: z.number().positive() }).optional(),
});

export interface ModuleInput {
  parameters: unknown;
  terms: RunTerms;
}

/** The message on a module's stdin: the first line; a missing line feed is accepted. */
export function readInput(input: string): ModuleInput {
  const line = input.split('\n', 1)[0] ?? '';
  const refuse = (why: string) => new MigError('parameters_invalid', `ReadInputParameters() -> ${why}`);
  if (line === '') throw refuse('ReadInput() -> EOF');
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw refuse(`ReadInput() -> ${error instanceof Error ? error.message : 'not JSON'}`);
  }
  const message = Message.safeParse(json);
  if (!message.success || message.data.class !== 'parameters') {
    throw refuse('unexpected input is not module parameters');
  }
  const { parameters, terms } = message.data;
  return { parameters, terms: terms ? toTerms(terms) : { ...NO_TERMS, asMig: true } };
}

/** A message for a module that is killed after `timeoutMs`, and is to print no more than `maxBytes`. */
export function parametersMessage(
  parameters: unknown,
  { timeoutMs, maxBytes }: { timeoutMs: number; maxBytes: number },
): { class: 'parameters'; parameters: unknown; terms: { timeoutms: number; maxbytes: number } } {
  return { class: 'parameters', parameters, terms: { timeoutms: timeoutMs, maxbytes: maxBytes } };
}

/** A tenth of the time, within bounds, is kept to write what was found. */
const MARGIN = { share: 0.1, minMs: 500, maxMs: 10_000 };

/** The clock of `performance.now()` begins with the process, which is about when the agent's began. */
function toTerms({ timeoutms, maxbytes }: { timeoutms: number; maxbytes: number }): RunTerms {
  const marginMs = Math.min(MARGIN.maxMs, Math.max(MARGIN.minMs, timeoutms * MARGIN.share));
  return { endsAtMs: timeoutms - Math.min(marginMs, timeoutms / 2), maxBytes: maxbytes, asMig: false };
}
