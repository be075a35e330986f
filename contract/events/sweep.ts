import { z } from 'zod';

const sweepid = z.int();
const runid = z.int();

/** The verdict of a check on an endpoint has turned. */
export const SweepFlipped = z.object({
  sweepid,
  runid,
  queueloc: z.string(),
  agent: z.string(),
  check: z.string(),
  from: z.string(),
  to: z.string(),
});

/** A run of a sweep has ended, or did not take place. */
export const SweepRun = z.object({
  sweepid,
  runid,
  plannedat: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  targeted: z.int(),
  answered: z.int(),
  counts: z.record(z.string(), z.int()).describe('items by status'),
});

/** The signed runs of a sweep end within three weeks, or have ended. */
export const SweepSignatures = z.object({
  sweepid,
  name: z.string(),
  until: z.string().nullable(),
  runs: z.int(),
});

/** Somebody has signed a waiver. */
export const SweepWaived = z.object({
  sweepid,
  waiverid: z.int(),
  check: z.string(),
  until: z.string(),
});
