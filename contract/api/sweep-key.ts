import { z } from 'zod';
import { recordId } from './parameters.ts';

/** What names a sweep: its id, its name, or both. */
export const sweepKey = {
  sweepid: recordId('Sweep').optional().describe('the id of the sweep'),
  name: z.string().optional().describe('the name of the sweep'),
};
