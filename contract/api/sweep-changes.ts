import { z } from 'zod';
import { MAX_SWEEP_BYTES } from '../sweep/document.ts';
import { AnySweepView } from '../sweep/item.ts';
import { RequestedRun, SignedRuns } from '../sweep/requests.ts';
import { ACTION_ERRORS, SIGNATURE_ERRORS, TARGET_ERRORS } from './error-sets.ts';
import { formBytes, json, recordId, SIGNATURE_FORM } from './parameters.ts';
import { defineRoute, one } from './route.ts';
import { sweepKey } from './sweep-key.ts';

const runid = recordId('Run').describe('the id of the run');
const signatures = z.string().describe(`a JSON list; each is ${SIGNATURE_FORM}`);
const sweep = one('sweep', AnySweepView);
const idOnly = z.object({ id: z.int() });

const SIGNED_ERRORS = [...ACTION_ERRORS, ...SIGNATURE_ERRORS, 'conflict', 'forbidden'] as const;

const change = {
  method: 'POST',
  access: 'action_create',
  maxBytes: formBytes(MAX_SWEEP_BYTES),
} as const;

export const createSweep = defineRoute({
  ...change,
  path: '/sweep/create/',
  summary: 'Stores a signed sweep, and schedules it.',
  audit: 'sweep_created',
  parameters: z.object({
    sweep: z.string().describe('the document, byte for byte as it was signed'),
    signatures,
    operations: z.string().describe('the operations of each action of a run, as a JSON list of JSON texts'),
  }),
  answer: { kind: 'items', status: 202, items: { sweep } },
  errors: [...SIGNED_ERRORS, ...TARGET_ERRORS],
});

const stateChange = {
  ...change,
  parameters: z.object(sweepKey),
  answer: { kind: 'items', status: 200, items: { sweep } },
  errors: ['not_found', 'conflict', 'sweep_unreadable'],
} as const;

export const pauseSweep = defineRoute({
  ...stateChange,
  path: '/sweep/pause/',
  summary: 'Begins no further run of a sweep.',
  audit: 'sweep_paused',
});

export const resumeSweep = defineRoute({
  ...stateChange,
  path: '/sweep/resume/',
  summary: 'Lets a paused sweep run again.',
  audit: 'sweep_resumed',
});

export const deleteSweep = defineRoute({
  ...stateChange,
  path: '/sweep/delete/',
  summary: 'Ends a sweep. Its runs and items stay readable by its id.',
  audit: 'sweep_deleted',
});

export const signSweepRuns = defineRoute({
  ...change,
  path: '/sweep/sign/',
  summary: 'Stores runs that were signed ahead.',
  audit: 'sweep_signed',
  parameters: z.object({ ...sweepKey, runs: json(SignedRuns).describe('the runs with their signatures') }),
  answer: {
    kind: 'items',
    status: 202,
    items: { signed: one('signed', z.object({ signed: z.int() })) },
  },
  errors: [...SIGNED_ERRORS, 'not_found', 'sweep_unreadable'],
});

export const requestSweepRun = defineRoute({
  ...change,
  path: '/sweep/run/',
  summary: 'Begins a run now: of the whole sweep, or to verify some checks on some endpoints.',
  audit: 'sweep_run',
  parameters: z.object({ ...sweepKey, run: json(RequestedRun).describe('the run with its signatures') }),
  answer: { kind: 'items', status: 202, items: { run: one('run', idOnly) } },
  errors: [...SIGNED_ERRORS, 'not_found', 'sweep_unreadable'],
});

const order = {
  ...change,
  parameters: z.object({ runid }),
  answer: { kind: 'items', status: 200, items: { progress: one('progress', z.unknown()) } },
  errors: ['not_found', 'conflict', 'unavailable'],
} as const;

export const pauseSweepRun = defineRoute({
  ...order,
  path: '/sweep/run/pause/',
  summary: 'Holds back what a run has not sent yet.',
  audit: 'sweep_run_pause',
});

export const resumeSweepRun = defineRoute({
  ...order,
  path: '/sweep/run/resume/',
  summary: 'Sends what a pause held back.',
  audit: 'sweep_run_resume',
});

export const cancelSweepRun = defineRoute({
  ...order,
  path: '/sweep/run/cancel/',
  summary: 'Ends a run.',
  audit: 'sweep_run_cancel',
});

export const waiveCheck = defineRoute({
  ...change,
  path: '/sweep/waive/',
  summary: 'Stores a signed waiver of a check.',
  audit: 'waiver',
  parameters: z.object({
    ...sweepKey,
    waiver: z.string().describe('the document, byte for byte as it was signed'),
    signatures,
  }),
  answer: { kind: 'items', status: 202, items: { waiver: one('waiver', idOnly) } },
  errors: [...SIGNED_ERRORS, 'not_found', 'sweep_unreadable'],
});

export const revokeWaiver = defineRoute({
  ...change,
  path: '/sweep/unwaive/',
  summary: 'Ends a waiver.',
  audit: 'waiver_revoked',
  parameters: z.object({ ...sweepKey, waiverid: recordId('Waiver').describe('the id of the waiver') }),
  answer: { kind: 'items', status: 200, items: { waiver: one('waiver', idOnly) } },
  errors: ['not_found', 'conflict'],
});
