import { z } from 'zod';
import { Agent } from './agent.ts';
import { goObject } from './fields.ts';

const PRINTABLE = /^[^\p{Cc}\p{Cf}]*$/u;

/** A name of a loader or manifest. */
export const RecordName = z.string().min(1).max(256).regex(PRINTABLE, 'must not have control characters');

/** A new loader, as MIG's clients post it (spec/api.md#loader-endpoints). All other fields are the server's. */
export const NewLoader = goObject({
  name: RecordName,
  expectenv: z.string().default(''),
});
export type NewLoader = z.infer<typeof NewLoader>;

/** What a loader sends of its machine, and the file that it asks for. */
export const LoaderRequest = goObject({
  agent: Agent,
  object: z.string().max(255).default(''),
});
export type LoaderRequest = z.infer<typeof LoaderRequest>;

/** A loader in a response. The key is in the one that made it, and empty in all others. */
export const LoaderView = z.object({
  id: z.int(),
  name: z.string(),
  prefix: z.string(),
  key: z.string(),
  agentname: z.string(),
  lastseen: z.string(),
  enabled: z.boolean(),
  expectenv: z.string(),
});
export type LoaderView = z.infer<typeof LoaderView>;
