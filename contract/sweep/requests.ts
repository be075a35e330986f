import { z } from 'zod';
import { Operation } from '../action.ts';
import { id, listOf, timestamp } from '../fields.ts';
import { MAX_SIGNATURE_LENGTH } from '../limits.ts';
import { parseField } from '../parse-field.ts';
import { CheckId, MAX_CHECKS, SweepName } from './document.ts';

/** The most runs that one request signs. */
const MAX_SIGNED_RUNS = 100;
const MAX_PARTS = 32;

export const Signatures = listOf(z.string().max(MAX_SIGNATURE_LENGTH), 16);
/** The operations of each action of a run, each as the JSON text that is signed. */
export const PartOperations = listOf(z.string().max(512 * 1024), MAX_PARTS);

/** One action of a run, as it was signed. */
const SignedPart = z.strictObject({
  name: z.string().min(1).max(2048),
  validfrom: timestamp,
  expireafter: timestamp,
  signatures: Signatures,
});
export type SignedPart = z.infer<typeof SignedPart>;

/** Runs of the schedule, signed ahead. The parts are in the order of the plan. */
export const SignedRuns = listOf(
  z.strictObject({ plannedat: timestamp, parts: listOf(SignedPart, MAX_PARTS) }),
  MAX_SIGNED_RUNS,
).superRefine((runs, context) => {
  if (runs.length === 0) context.addIssue({ code: 'custom', message: 'must have at least one run' });
  for (const [index, { plannedat }] of runs.entries()) {
    if (runs.findIndex((run) => run.plannedat === plannedat) === index) continue;
    const message = `is ${plannedat}, as that of a run before it: give each planned time once`;
    context.addIssue({ code: 'custom', path: [index, 'plannedat'], message });
  }
});
export type SignedRuns = z.infer<typeof SignedRuns>;

/** A run that an investigator asks for: `trigger` of the whole sweep, or `verify` of some checks on some endpoints. */
export const RequestedRun = z
  .strictObject({
    kind: z.enum(['trigger', 'verify']),
    plannedat: timestamp,
    checks: listOf(CheckId, MAX_CHECKS).optional(),
    target: z.string().min(1).max(2048).optional(),
    parts: listOf(SignedPart.extend({ operations: z.string().max(512 * 1024) }), MAX_PARTS),
  })
  .superRefine((run, context) => {
    for (const field of ['checks', 'target'] as const) {
      if (run.kind === 'trigger' && run[field] !== undefined) {
        const message = "is for the kind 'verify' only: a run of the kind 'trigger' is of the whole sweep";
        context.addIssue({ code: 'custom', path: [field], message });
      }
      if (run.kind === 'verify' && run[field] === undefined) {
        const message =
          "is missing: a run of the kind 'verify' names its checks, and its endpoints by the target";
        context.addIssue({ code: 'custom', path: [field], message });
      }
    }
  });
export type RequestedRun = z.infer<typeof RequestedRun>;

/** An exception, as an investigator signs it. */
export const WaiverDocument = z.strictObject({
  sweep: SweepName,
  /** A later sweep may have the same name. */
  sweepid: id,
  check: CheckId,
  /** Names of agents, for people; empty: all endpoints of the sweep. */
  agents: listOf(z.string().min(1).max(255), 1000).default([]),
  /** The endpoints that have these names now. An endpoint names its agent itself, so the names alone cover nothing. */
  queuelocs: listOf(z.string().min(1).max(255), 1000).default([]),
  why: z.string().trim().min(1).max(1024),
  until: timestamp,
});
export type WaiverDocument = z.infer<typeof WaiverDocument>;

const Operations = listOf(Operation, 256);

/** Reads the operations of an action from the JSON text that is signed; throws `parameter_invalid` or `json_invalid`. */
export function parseOperations(text: string): Operation[] {
  return parseField('operations', Operations, text);
}
