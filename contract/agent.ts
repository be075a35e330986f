import { z } from 'zod';
import { Capabilities } from './capabilities.ts';
import { goObject, id, listOf, textsByName, timestampOrZero } from './fields.ts';

/** The platform's limits on the facts about an agent. Agents cut theirs to these. */
export const MAX_TEXT_LENGTH = 2048;
export const MAX_ADDRESSES = 1024;
export const MAX_NOTICES = 16;

const text = z.string().max(MAX_TEXT_LENGTH);

export const Environment = goObject({
  init: text.optional(),
  ident: text.optional(),
  os: text.optional(),
  arch: text.optional(),
  isproxied: z.boolean().default(false),
  proxy: text.optional(),
  addresses: listOf(text, MAX_ADDRESSES).optional(),
  publicip: text.optional(),
  aws: z.record(z.string(), z.unknown()).default({}),
  modules: listOf(text, 256).optional(),
  /** Ours: sentences about the endpoint for people who read its record. */
  notices: listOf(text, MAX_NOTICES).optional(),
});
export type Environment = z.infer<typeof Environment>;

/** An agent on the relay and in the API (spec/agent.md#record). */
export const Agent = goObject({
  id: id.optional(),
  name: text.default(''),
  queueloc: text.default(''),
  mode: text.default(''),
  version: text.optional(),
  pid: z.number().int().optional(),
  loadername: text.optional(),
  starttime: timestampOrZero,
  destructiontime: timestampOrZero,
  heartbeatts: timestampOrZero,
  refreshts: timestampOrZero,
  status: text.optional(),
  environment: Environment.default({ isproxied: false, aws: {} }),
  tags: textsByName.optional(),
  /** Absent from MIG's agents. */
  capabilities: Capabilities.optional(),
});
export type Agent = z.infer<typeof Agent>;
