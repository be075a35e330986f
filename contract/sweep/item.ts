import { z } from 'zod';
import { id } from '../fields.ts';

/** The words of XCCDF 1.2 for the result of one check on one endpoint. */
export const ITEM_STATUSES = ['pass', 'fail', 'error', 'unknown', 'notapplicable', 'notchecked'] as const;

const text = z.string().max(4096);
/** RFC 3339 in UTC. */
const time = z.string().max(40);

/** A waiver that covers an item now. */
const ItemWaiver = z.object({
  id,
  /** The investigator who signed it. */
  by: text,
  fingerprint: z.string().max(64),
  why: text,
  until: time,
});

/** One check on one endpoint, as the API sends it and exports contain it. */
export const ComplianceItem = z.object({
  check: z.string().max(128),
  title: text,
  /** `threat.ref` of the check; empty when it has none. */
  reference: text,
  /** `threat.level` of the check: by custom `low`, `medium`, `high`, `critical`; empty when it has none. */
  level: text,
  /** The page that explains the check; empty when it has none. */
  url: text,
  /** What the signed check demands, in words. */
  expected: text,
  /** The agent's name. It comes from the endpoint, as does its queueloc. */
  agent: text,
  queueloc: z.string().max(255),
  status: z.enum(ITEM_STATUSES),
  /** Why the status is `error`, `unknown` or `notchecked`, in words that may come from the endpoint; otherwise null. */
  reason: text.nullable().default(null),
  waiver: ItemWaiver.nullable(),
  /** The last decided status, which `since` is about; null when the check was never decided there. */
  verdict: z.enum(['pass', 'fail', 'notapplicable']).nullable(),
  /** When the endpoint first gave this verdict without another in between. */
  since: time.nullable(),
  /** The first run of the present series of failures; null when the check does not fail. */
  firstfailedrun: id.nullable(),
  /** When `status` last changed. */
  changedat: time,
  /** The last run that decided the status, and when. */
  run: id,
  checkedat: time,
});
export type ComplianceItem = z.infer<typeof ComplianceItem>;

const RUN_STATES = [
  'awaiting signature',
  'running',
  'complete',
  'partial',
  'missed',
  'overlapped',
  'unsigned',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** One run of a sweep. `targeted` and `answered` count endpoints. */
export const SweepRunView = z.object({
  id,
  plannedat: time,
  startedat: time.nullable(),
  finishedat: time.nullable(),
  /** `schedule`, `trigger` by an investigator, or `verify` of what failed on some endpoints. */
  kind: z.enum(['schedule', 'trigger', 'verify']),
  state: z.enum(RUN_STATES),
  paused: z.boolean(),
  /** Why the run ended as other than complete, in words; null when it is complete or has not ended. */
  reason: text.nullable(),
  targeted: z.int().nonnegative(),
  answered: z.int().nonnegative(),
  /** Items of the run by status. */
  counts: z.record(z.string(), z.int()),
  /** The same for each check, for the trend from run to run. */
  bycheck: z.record(z.string(), z.record(z.string(), z.int())).default({}),
  /** Actions of the run, in the order of the plan's parts. */
  actions: z.array(id),
});
export type SweepRunView = z.infer<typeof SweepRunView>;

/** One check of a sweep, from the signed document. */
export const SweepCheckView = z.object({
  id: z.string().max(128),
  title: text,
  reference: text,
  level: text,
  url: text,
  expected: text,
});
export type SweepCheckView = z.infer<typeof SweepCheckView>;

/** What is known of a sweep whatever its document says. */
const SweepRecord = z.object({
  id,
  name: text,
  paused: z.boolean(),
  createdat: time,
  /** Planned runs from now on that are signed, and until when; null when none is. */
  signedruns: z.int(),
  signeduntil: time.nullable(),
  /** Who signed other planned runs, which do not count any more, and why. */
  lostsigners: z
    .array(
      z.object({
        name: text,
        fingerprint: z.string().max(64),
        runs: z.int(),
        why: text,
      }),
    )
    .default([]),
  /** The newest run of all kinds; null before the first. */
  lastrun: SweepRunView.nullable(),
});

/** A sweep in a list. */
export const SweepView = SweepRecord.extend({
  description: text,
  target: text,
  /** Cron expressions of five fields; it runs at the times of all. */
  schedule: z.array(z.string()),
  timezone: z.string(),
  overlap: z.string(),
  /** Durations in milliseconds. */
  jitter: z.int(),
  catchup: z.int(),
  validity: z.int(),
  checks: z.int(),
  unreadable: z.null().default(null),
});
export type SweepView = z.infer<typeof SweepView>;

/** A sweep whose document the platform cannot read, because another version has stored it. */
export const UnreadableSweepView = SweepRecord.extend({
  unreadable: z.object({
    code: z.literal('sweep_unreadable'),
    /** The version that cannot read it. */
    version: z.string().max(64),
    message: text,
  }),
});
export type UnreadableSweepView = z.infer<typeof UnreadableSweepView>;

export const AnySweepView = z.union([UnreadableSweepView, SweepView]);
export type AnySweepView = z.infer<typeof AnySweepView>;

/** A waiver, with the signed text by which an auditor verifies it. */
export const WaiverView = z.object({
  id,
  check: z.string(),
  /** As they were named when it was signed; empty: it covers all endpoints of the sweep. */
  agents: z.array(z.string()),
  /** The endpoints that it covers, and those that have taken one of its names since, as they are named now. */
  endpoints: z.array(z.object({ queueloc: z.string(), agent: text, covered: z.boolean() })).default([]),
  why: text,
  until: time,
  by: text,
  fingerprint: z.string(),
  createdat: time,
  revokedat: time.nullable(),
  document: z.string(),
  signatures: z.array(z.string()),
});
export type WaiverView = z.infer<typeof WaiverView>;

/** An endpoint of a sweep, its items counted by status. */
export const SweepEndpointView = z.object({
  queueloc: z.string(),
  agent: text,
  answeredrun: id.nullable(),
  answeredat: time.nullable(),
  counts: z.record(z.string(), z.int()),
  flipped: z.int(),
});
export type SweepEndpointView = z.infer<typeof SweepEndpointView>;

/** What the endpoints of a sweep have answered last to each check, whatever the run. */
export const SweepState = z.object({
  /** Items by check and status. */
  bycheck: z.record(z.string(), z.record(z.string(), z.int())),
  /** Failures that a waiver covers now, by check. */
  waived: z.record(z.string(), z.int()),
  /** The runs that the items are of, newest first, with the number of their items. */
  runs: z.array(SweepRunView.pick({ id: true, kind: true, plannedat: true }).extend({ items: z.int() })),
});
export type SweepState = z.infer<typeof SweepState>;

/** Why some items are undecided: how many, and one of their endpoints and checks. */
export const SweepReasonView = z.object({
  status: z.enum(ITEM_STATUSES),
  reason: text.nullable(),
  items: z.int(),
  endpoints: z.int(),
  agent: text,
  check: z.string(),
});
export type SweepReasonView = z.infer<typeof SweepReasonView>;

/** A verdict that turned, and the run that saw it. */
export const FlipView = z.object({
  id,
  at: time,
  runid: id,
  queueloc: z.string(),
  agent: text,
  check: z.string(),
  from: z.string(),
  to: z.string(),
});
export type FlipView = z.infer<typeof FlipView>;

/** What an export contains besides its items: the signed question, and the run that it is about. */
export const SweepReport = z.object({
  id,
  name: text,
  target: text,
  /** The signed document, byte for byte, and its armored detached signatures: an auditor verifies the question by them. */
  document: z.string(),
  signatures: z.array(z.string()),
  signers: z.array(z.object({ name: text, fingerprint: z.string().max(64) })),
  /** The operations of each action of a run as JSON text, as they are signed. Those of another API may be missing. */
  operations: z.array(z.string()).default([]),
  checks: z.array(SweepCheckView),
  /** The last run that has ended; null when none has. */
  run: SweepRunView.nullable(),
});
export type SweepReport = z.infer<typeof SweepReport>;
