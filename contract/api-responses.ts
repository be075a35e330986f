import { z } from 'zod';
import type { RawJson } from './go/json.ts';
import { ModuleResult } from './module-result.ts';
import { Permissions } from './permissions.ts';

/*
 * The responses of the API as its clients read them. The API checks the records that it builds against the same schemas
 * (`Sent`), so that the two cannot drift apart. MIG's own API sends less: the fields that it lacks have defaults here.
 */

/** A value before encoding, in which JSON that is stored as text is a `RawJson`. */
type Unencoded<T> = T extends readonly (infer Element)[]
  ? Unencoded<Element>[] | RawJson
  : T extends object
    ? { [Key in keyof T]: Unencoded<T[Key]> } | RawJson
    : T;

/** The value that the API sends for a schema: all fields that clients read, and any others. */
export type Sent<Schema extends z.ZodType> = Unencoded<z.input<Schema>> & Record<string, unknown>;

/** One item of a response. */
const EnvelopeItem = z.object({
  href: z.string(),
  data: z.array(z.object({ name: z.string(), value: z.unknown() })),
});
export type EnvelopeItem = z.infer<typeof EnvelopeItem>;

/** Collection+JSON, the envelope of every response (spec/api.md#envelope). */
export const Envelope = z.object({
  collection: z.object({
    items: z.array(EnvelopeItem).default([]),
    error: z.object({ code: z.unknown().optional(), message: z.string().optional() }).default({}),
  }),
});
export type Envelope = z.infer<typeof Envelope>;

/** The address of the next page. */
export const PageView = z.object({
  limit: z.int(),
  offset: z.int().optional(),
  next: z.string(),
});

/** An action. Other fields are kept, for `--json` and for verifying its signatures. */
export const ActionView = z.looseObject({
  id: z.int(),
  name: z.string(),
  status: z.string().default(''),
  reason: z.string().optional(),
  paused: z.boolean().default(false),
  target: z.string().default(''),
  validfrom: z.string(),
  expireafter: z.string(),
  operations: z
    .array(z.looseObject({ module: z.string() }))
    .nullish()
    .transform((operations) => operations ?? []),
  counters: z.record(z.string(), z.int()).default({}),
  /** The number of agents whose answer reports a failed module. MIG's own API does not send it. */
  failures: z.int().optional(),
  investigators: z
    .array(z.object({ name: z.string(), pgpfingerprint: z.string() }))
    .nullish()
    .transform((investigators) => investigators ?? []),
});
export type ActionView = z.infer<typeof ActionView>;

/**
 * A result in a command. One of another shape, from a database that others have written, is not lost, nor does it hide those
 * of other agents: it has failed, and found what is in it.
 */
const StoredResult = ModuleResult.catch(({ value }) => ({
  foundanything: true,
  success: false,
  elements: value,
  statistics: null,
  errors: null,
}));

/** A command with its action, its agent, and the agent's results. */
export const CommandView = z.looseObject({
  id: z.int(),
  status: z.string(),
  agent: z.looseObject({ id: z.int(), name: z.string(), queueloc: z.string().default('') }),
  action: z.looseObject({
    id: z.int(),
    name: z.string(),
    operations: z.array(z.looseObject({ module: z.string() })),
  }),
  results: z.array(StoredResult).nullable().default(null),
  starttime: z.string(),
  finishtime: z.string(),
});
export type CommandView = z.infer<typeof CommandView>;

const textOrNone = z.string().nullish();

/** An agent. Its environment and tags are what the agent says of itself. */
export const AgentView = z.looseObject({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  heartbeatts: z.string(),
  version: z.string(),
  queueloc: z.string(),
  mode: z.string().default(''),
  pid: z.int().default(0),
  starttime: z.string().default(''),
  refreshts: z.string().default(''),
  loadername: textOrNone,
  notice: textOrNone,
  environment: z
    .looseObject({
      os: textOrNone,
      arch: textOrNone,
      ident: textOrNone,
      init: textOrNone,
      publicip: textOrNone,
    })
    .nullish()
    .transform((environment) => environment ?? {}),
  tags: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((tags) => tags ?? {}),
});
export type AgentView = z.infer<typeof AgentView>;

/** An investigator. Only the record by id, and that of a change, has the public key, in base64. */
export const InvestigatorView = z.object({
  id: z.int(),
  name: z.string(),
  pgpfingerprint: z.string().nullish(),
  status: z.string(),
  createdat: z.string(),
  lastmodified: z.string(),
  publickey: z.string().nullish(),
  /** `set` when there is a key for programs. The answer to the request that makes one has the key itself, once. */
  apikey: z.string().optional(),
  permissions: Permissions,
});
export type InvestigatorView = z.infer<typeof InvestigatorView>;

/** The number of agents that a target reaches now. */
export const AgentCount = z.object({ count: z.int() });

/** An endpoint that was removed from the fleet, and the number of its process records. */
export const RemovedEndpoint = z.object({
  queueloc: z.string(),
  name: z.string(),
  processes: z.int(),
});

/** A new session. Only this response contains its token. */
export const SessionView = z.object({
  token: z.string().max(1024),
  expiresat: z.string(),
});
export type SessionView = z.infer<typeof SessionView>;

/** A module that investigators may ask. */
export const ModuleView = z.object({
  name: z.string(),
  summary: z.string(),
  /** By `linux`, `darwin` and `windows`: `complete`, or what is missing. */
  platforms: z.record(z.string(), z.string()),
  privacy: z.string(),
  question: z.string(),
  persistent: z.boolean(),
  /** What can be typed as a flag or set in an action file, with its text. */
  options: z.array(
    z.object({ field: z.string(), kind: z.string(), text: z.string(), flag: z.string().optional() }),
  ),
  /** The JSON Schema of the parameters. */
  parameters: z.record(z.string(), z.unknown()),
});

const counts = z.record(z.string(), z.int()).default({});

/** An upgrade: the number of endpoints at each open step, and of finished ones by outcome. */
export const UpgradeView = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  reason: z.string().nullable().default(null),
  paused: z.boolean().default(false),
  open: counts,
  finished: counts,
});
export type UpgradeView = z.infer<typeof UpgradeView>;

/** One endpoint of an upgrade. */
export const UpgradeRecordView = z.object({
  name: z.string(),
  step: z.string(),
  stepat: z.string(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  oldversion: z.string().nullable(),
  toversion: z.string().nullable(),
});
export type UpgradeRecordView = z.infer<typeof UpgradeRecordView>;

/** The progress of an action, as the event stream sends it. */
export const Progress = z.object({
  status: z.string(),
  paused: z.boolean().nullish(),
  counters: z.record(z.string(), z.int()),
  matches: z.int(),
  errors: z.int(),
  /** What the brakes of the action do, if it has any. */
  brakes: z.object({ state: z.string().nullable(), held: z.boolean() }).nullish(),
});
export type Progress = z.infer<typeof Progress>;
