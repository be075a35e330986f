import { z } from 'zod';

const inboxid = z.int();
const name = z.string();

/** An action waits for signatures. */
export const InboxWaiting = z.object({ inboxid, name, until: z.string() });

/** An action has left the inbox. */
export const InboxEnded = z.object({ inboxid, name, actionid: z.int().nullable() });
