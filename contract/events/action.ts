import { z } from 'zod';
import { count, endpoints } from './endpoint.ts';

const actionid = z.int();
const name = z.string().describe('of the action, cut to 256 characters');

/** An action has its final status. The platform's own actions within an upgrade have no such event. */
export const ActionEnded = z.object({
  actionid,
  name,
  status: z.enum(['completed', 'invalid', 'cancelled']),
  reason: z.string().nullable().describe('why it is invalid or cancelled'),
  runid: z.int().nullable().describe('the run of a sweep that it belongs to'),
  counters: z.record(z.string(), z.int()).describe('commands by status'),
});

/** Endpoints have found something. Answers of a few seconds are one event. */
export const ActionMatched = z.object({
  actionid,
  name,
  count: count.describe('answers with a match since the event before'),
  endpoints: endpoints.describe('the first of them'),
});
