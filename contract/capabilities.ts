import { z } from 'zod';
import { listOf } from './fields.ts';

/** What one side of the relay can tell the other that it understands beyond MIG. */
const CAPABILITIES = ['cancel', 'journal', 'clock'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/**
 * An agent of ours stops a cancelled command, runs no command twice whatever happens to it or the relay, and wants to
 * hear when its clock is wrong.
 */
export const AGENT_CAPABILITIES: readonly Capability[] = ['cancel', 'journal', 'clock'];
/** Who sent such a command may cancel it, and takes the answer `cancelled`. */
export const COMMAND_CAPABILITIES: readonly Capability[] = ['cancel'];

const MAX_WORDS = 32;
const WORD = /^[a-z][a-z0-9-]{0,63}$/;

/** The key `capabilities` of heartbeats and commands. Unknown words are ignored; without the key the side is MIG's. */
export const Capabilities = listOf(z.string().regex(WORD), MAX_WORDS).transform((words) =>
  CAPABILITIES.filter((capability) => words.includes(capability)),
);
