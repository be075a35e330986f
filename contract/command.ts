import { z } from 'zod';
import { Action } from './action.ts';
import { Agent } from './agent.ts';
import { Capabilities } from './capabilities.ts';
import { MigError } from './errors.ts';
import { goObject, id, listOf, timestampOrZero } from './fields.ts';
import { parseStrictJson } from './go/strict-json.ts';
import { MAX_COMMAND_BYTES, MAX_RESULT_BYTES } from './limits.ts';
import { ModuleResult } from './module-result.ts';
import { readAs } from './read-as.ts';
import { ANSWER_STATUSES } from './statuses.ts';
import { mayContainNul, replaceNul } from './text/nul.ts';
import { decodeUtf8 } from './text/utf8.ts';

/** One action on its way to one endpoint. */
export const Command = goObject({
  id,
  action: Action,
  agent: Agent,
  status: z.string().min(1).max(255),
  results: listOf(ModuleResult, 256).default([]),
  starttime: timestampOrZero,
  finishtime: timestampOrZero,
  /** The capabilities of the sender; absent from commands of MIG's scheduler. */
  capabilities: Capabilities.optional(),
});
export type Command = z.infer<typeof Command>;

export function commandTooLarge(bytes: number): MigError {
  return new MigError('command_too_large', `command of ${bytes} bytes is over ${MAX_COMMAND_BYTES}`);
}

/** The fields of an answer that the collector uses; the others echo the command. */
const Answer = goObject({
  id,
  agent: goObject({ queueloc: z.string().min(1).max(2048) }),
  status: z.enum(ANSWER_STATUSES),
  results: listOf(ModuleResult, 256).default([]),
});
export type Answer = z.infer<typeof Answer>;

/** Reads a command from the agent's queue; throws MigError. */
export function parseCommand(body: Buffer): Command {
  if (body.length > MAX_COMMAND_BYTES) throw commandTooLarge(body.length);
  const parsed = readAs(Command, parseStrictJson(decodeUtf8(body)));
  if (parsed.success) return parsed.data;
  throw new MigError('command_malformed', `command ${parsed.problem}`, { cause: parsed.error });
}

export function resultTooLarge(bytes: number): MigError {
  return new MigError('result_too_large', `result of ${bytes} bytes is over ${MAX_RESULT_BYTES}`);
}

/** Reads an answer from the results queue, replacing U+0000 by the word NULL as MIG does; throws MigError. */
export function parseAnswer(body: Buffer): Answer {
  if (body.length > MAX_RESULT_BYTES) throw resultTooLarge(body.length);
  const text = decodeUtf8(body);
  const json = parseStrictJson(text);
  const parsed = readAs(Answer, mayContainNul(text) ? replaceNul(json) : json);
  if (parsed.success) return parsed.data;
  throw new MigError('result_malformed', `result ${parsed.problem}`, { cause: parsed.error });
}
