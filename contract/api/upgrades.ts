import { z } from 'zod';
import { UpgradeRecordView, UpgradeView } from '../api-responses.ts';
import { limit, offset, recordId, toggle } from './parameters.ts';
import { any, defineRoute, one } from './route.ts';

export const getUpgrade = defineRoute({
  method: 'GET',
  path: '/upgrade',
  summary: 'The endpoints of an upgrade by their steps, then each endpoint, those that need attention first.',
  access: 'action',
  parameters: z.object({
    actionid: recordId('Action').describe('the id of the upgrade'),
    all: toggle.default(false).describe('also lists the endpoints that are done'),
    limit: limit(100),
    offset,
  }),
  answer: {
    kind: 'items',
    status: 200,
    items: { upgrade: one('upgrade', UpgradeView), records: any('record', UpgradeRecordView) },
  },
  errors: ['not_found'],
});
