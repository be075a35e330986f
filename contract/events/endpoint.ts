import { z } from 'zod';

/** The most endpoints that one event names. */
export const MAX_ENDPOINTS = 20;
/** Texts of endpoints and investigators are cut to this many characters. */
export const MAX_EVENT_TEXT = 256;

/** An endpoint as it describes itself: neither name is proven. */
export const EventEndpoint = z.object({
  agent: z.string().describe('the name of its agent'),
  queueloc: z.string().describe('the name of its queue'),
});

export const count = z.int().min(1);
export const endpoints = z.array(EventEndpoint).min(1).max(MAX_ENDPOINTS);
