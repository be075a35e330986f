import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { goObject } from '../contract/fields.ts';
import { NO_TERMS, type RunTerms } from './module.ts';

/** The line of JSON that a module process reads from stdin (spec/modules/README.md#messages). */
const Message = goObject({
  class: z.string().default(''),
  parameters: z.unknown().default(null),
  persistsock: z.string().optional(),
  /** The limits of the run. Only our agent sends them. */
  terms: goObject({ timeoutms: z.number().positive(), maxbytes: z.number().positive() }).optional(),
});
type Message = z.infer<typeof Message>;

export interface ModuleInput {
  parameters: unknown;
  terms: RunTerms;
  /** Where the persistent module listens. */
  persistSocket?: string;
}

/** Parses what a module process read from stdin. Throws MigError('parameters_invalid') with MIG's messages. */
export function readInput(input: string): ModuleInput {
  const message = Message.safeParse(parseLine(firstLine(input)));
  if (!message.success || message.data.class !== 'parameters') {
    throw invalidInput('unexpected input is not module parameters');
  }
  const { parameters, terms, persistsock } = message.data;
  return {
    parameters,
    terms: terms ? toRunTerms(terms) : { ...NO_TERMS, asMig: true },
    ...(persistsock && { persistSocket: persistsock }),
  };
}

export interface ParametersMessage {
  class: 'parameters';
  parameters: unknown;
  persistsock?: string;
  terms: { timeoutms: number; maxbytes: number };
}

/** Creates the message for a module that is killed after `timeoutMs` and may print up to `maxBytes`. */
export function parametersMessage(
  parameters: unknown,
  {
    timeoutMs,
    maxBytes,
    persistSocket,
  }: { timeoutMs: number; maxBytes: number; persistSocket?: string | undefined },
): ParametersMessage {
  return {
    class: 'parameters',
    parameters,
    ...(persistSocket !== undefined && { persistsock: persistSocket }),
    terms: { timeoutms: timeoutMs, maxbytes: maxBytes },
  };
}

/** The line feed at the end may be missing. */
function firstLine(input: string): string {
  const end = input.indexOf('\n');
  return end < 0 ? input : input.slice(0, end);
}

function parseLine(line: string): unknown {
  if (line === '') throw invalidInput('ReadInput() -> EOF');
  try {
    return JSON.parse(line);
  } catch (error) {
    throw invalidInput(`ReadInput() -> ${error instanceof Error ? error.message : 'not JSON'}`);
  }
}

function invalidInput(why: string): MigError {
  return new MigError('parameters_invalid', `ReadInputParameters() -> ${why}`);
}

/** The share of the time that is reserved for writing the result. */
const MARGIN = { share: 0.1, minMs: 500, maxMs: 10_000 };

/** `performance.now()` starts with this process, about when the agent starts the timeout. */
function toRunTerms({ timeoutms, maxbytes }: NonNullable<Message['terms']>): RunTerms {
  const marginMs = Math.min(MARGIN.maxMs, Math.max(MARGIN.minMs, timeoutms * MARGIN.share));
  return { endsAtMs: timeoutms - Math.min(marginMs, timeoutms / 2), maxBytes: maxbytes, asMig: false };
}
