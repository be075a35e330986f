import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { goObject } from '../contract/fields.ts';

/** One line of JSON to a module process (spec: messages). */
const Message = goObject({
  class: z.string().default(''),
  parameters: z.unknown().default(null),
  persistsock: z.string().optional(),
});

/** The parameters of the message on a module's stdin: the first line; a missing line feed is accepted. */
export function readParameters(input: string): unknown {
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
  return message.data.parameters;
}

export function parametersMessage(parameters: unknown): { class: 'parameters'; parameters: unknown } {
  return { class: 'parameters', parameters };
}
