import { z } from 'zod';
import {
  AnySweepView,
  ComplianceItem,
  FlipView,
  ITEM_STATUSES,
  SweepEndpointView,
  SweepReasonView,
  SweepReport,
  SweepRunView,
  SweepState,
  WaiverView,
} from '../sweep/item.ts';
import { anyLimit, limit, offset, recordId, time, toggle, wordsOf } from './parameters.ts';
import { any, defineRoute, one, optional } from './route.ts';
import { sweepKey } from './sweep-key.ts';

const byKey = z.object(sweepKey);
const agent = z.string().optional().describe('the name or the queue of an endpoint');

export const listSweeps = defineRoute({
  method: 'GET',
  path: '/sweep/list',
  summary: 'All sweeps.',
  access: 'action',
  parameters: z.object({}),
  answer: { kind: 'items', status: 200, items: { sweeps: any('sweep', AnySweepView) } },
});

export const getSweep = defineRoute({
  method: 'GET',
  path: '/sweep',
  summary: 'A sweep with its signed question, its last two runs, and its waivers.',
  access: 'action',
  parameters: byKey,
  answer: {
    kind: 'items',
    status: 200,
    items: {
      sweep: one('sweep', AnySweepView),
      report: optional('report', SweepReport),
      runs: any('run', SweepRunView),
      waivers: any('waiver', WaiverView),
    },
  },
  errors: ['not_found'],
});

export const listSweepRuns = defineRoute({
  method: 'GET',
  path: '/sweep/runs',
  summary: 'The runs of a sweep, newest first.',
  access: 'action',
  parameters: z.object({ ...sweepKey, limit: limit(100), offset }),
  answer: { kind: 'items', status: 200, items: { runs: any('run', SweepRunView) } },
  errors: ['not_found'],
});

export const getSweepRun = defineRoute({
  method: 'GET',
  path: '/sweep/run',
  summary: 'One run of a sweep.',
  access: 'action',
  parameters: z.object({ ...sweepKey, runid: recordId('Run').describe('the id of the run') }),
  answer: { kind: 'items', status: 200, items: { run: one('run', SweepRunView) } },
  errors: ['not_found'],
});

export const listSweepTimes = defineRoute({
  method: 'GET',
  path: '/sweep/times',
  summary: 'The planned times of a sweep, and those that are signed.',
  access: 'action',
  parameters: z.object({
    ...sweepKey,
    until: time.describe('the last time'),
    limit: anyLimit.optional(),
  }),
  answer: {
    kind: 'items',
    status: 200,
    items: { times: one('times', z.object({ planned: z.array(z.string()), signed: z.array(z.string()) })) },
  },
  errors: ['not_found', 'sweep_unreadable'],
});

export const listSweepItems = defineRoute({
  method: 'GET',
  path: '/sweep/items',
  summary: 'The compliance items of a sweep by endpoint and check, as a stream of any length, or in pages.',
  access: 'action',
  parameters: z.object({
    ...sweepKey,
    check: z.string().optional().describe('ids of checks, between commas'),
    status: wordsOf(ITEM_STATUSES).optional(),
    agent,
    failedsince: time.optional().describe('only what fails since then or longer'),
    flipped: toggle.optional().describe('only what the last run turned'),
    afterqueueloc: z.string().optional().describe('the queue of the last item of the page before'),
    aftercheck: z.string().optional().describe('the check of the last item of the page before'),
    limit: anyLimit.optional(),
  }),
  answer: { kind: 'items', status: 200, items: { items: any('item', ComplianceItem) } },
  errors: ['not_found', 'sweep_unreadable'],
});

export const getSweepState = defineRoute({
  method: 'GET',
  path: '/sweep/state',
  summary: 'What the endpoints of a sweep have answered last, counted by check.',
  access: 'action',
  parameters: byKey,
  answer: { kind: 'items', status: 200, items: { state: one('state', SweepState) } },
  errors: ['not_found'],
});

export const listSweepEndpoints = defineRoute({
  method: 'GET',
  path: '/sweep/endpoints',
  summary: 'The endpoints of a sweep, with the counts of their items.',
  access: 'action',
  parameters: z.object({ ...sweepKey, agent, limit: limit(100), offset }),
  answer: { kind: 'items', status: 200, items: { endpoints: any('endpoint', SweepEndpointView) } },
  errors: ['not_found'],
});

export const listSweepReasons = defineRoute({
  method: 'GET',
  path: '/sweep/reasons',
  summary: 'Why items of a sweep are undecided.',
  access: 'action',
  parameters: z.object({ ...sweepKey, limit: limit(100) }),
  answer: { kind: 'items', status: 200, items: { reasons: any('reason', SweepReasonView) } },
  errors: ['not_found'],
});

export const listSweepFlips = defineRoute({
  method: 'GET',
  path: '/sweep/flips',
  summary: 'The verdicts of a sweep that turned, newest first.',
  access: 'action',
  parameters: z.object({ ...sweepKey, agent, limit: limit(100), offset }),
  answer: { kind: 'items', status: 200, items: { flips: any('flip', FlipView) } },
  errors: ['not_found'],
});
