import { z } from 'zod';
import { errorMessage, MigError } from '../contract/errors.ts';
import { goObject, textsByName } from '../contract/fields.ts';
import { encodeJson } from '../contract/go/json.ts';
import { readAs } from '../contract/read-as.ts';
import type { PersistentSetup } from './module.ts';

// The lines of JSON between the agent and a running persistent module (spec/modules/README.md#persistent-messages).

/** No line may be longer, in either direction. */
export const MAX_LINE_BYTES = 256 * 1024;

const Text = goObject({ message: z.string().default('') });
const ModuleMessage = z.discriminatedUnion('class', [
  z.object({ class: z.literal('ping') }),
  z.object({ class: z.literal('log'), parameters: Text }),
  z.object({ class: z.literal('alert'), parameters: Text }),
  z.object({ class: z.literal('register'), parameters: goObject({ sockpath: z.string().default('') }) }),
]);
/** A message from a running module. */
export type ModuleMessage = z.infer<typeof ModuleMessage>;

const AgentMessage = z.discriminatedUnion('class', [
  z.object({ class: z.literal('ping') }),
  z.object({ class: z.literal('alert'), parameters: Text }),
  z.object({
    class: z.literal('config'),
    parameters: goObject({
      config: z.unknown().default(null),
      hostname: z.string().default(''),
      environment: z.unknown().default(null),
      tags: textsByName.default({}),
    }),
  }),
]);
/** A message to a running module. */
export type AgentMessage = z.infer<typeof AgentMessage>;

const Envelope = goObject({ class: z.string().default(''), parameters: z.unknown().default({}) });

/** Throws for every class that a module may not send, and for damaged lines. */
export function parseModuleMessage(line: string): ModuleMessage {
  const message = readAs(ModuleMessage, parseEnvelope(line));
  if (message.success) return message.data;
  throw invalid(message.problem);
}

/** Undefined for a class that modules ignore. Throws for damaged lines. */
export function parseAgentMessage(line: string): AgentMessage | undefined {
  const envelope = parseEnvelope(line);
  if (!['ping', 'alert', 'config'].includes(envelope.class)) return undefined;
  const message = readAs(AgentMessage, envelope);
  if (message.success) return message.data;
  throw invalid(message.problem);
}

function parseEnvelope(line: string): z.infer<typeof Envelope> {
  const envelope = readAs(Envelope, parseJson(line));
  if (envelope.success) return envelope.data;
  throw invalid(envelope.problem);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new MigError('parameters_invalid', `not a message: ${errorMessage(cause)}`, { cause });
  }
}

function invalid(why: string): MigError {
  return new MigError('parameters_invalid', `not a message: ${why}`);
}

export const PING_LINE = `${JSON.stringify({ class: 'ping' })}\n`;

export function textLine(kind: 'log' | 'alert', message: string): string {
  return `${encodeJson({ class: kind, parameters: { message } })}\n`;
}

export function registerLine(sockpath: string): string {
  return `${encodeJson({ class: 'register', parameters: { sockpath } })}\n`;
}

export function configLine(setup: PersistentSetup): string {
  const { config, hostname, environment, tags } = setup;
  return `${encodeJson({ class: 'config', parameters: { config, hostname, environment, tags } })}\n`;
}
