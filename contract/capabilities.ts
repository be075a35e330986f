import { z } from 'zod';
import { listOf } from './fields.ts';

/** The extensions of MIG's protocol that an agent, or the sender of a command, can declare. */
const CAPABILITIES = [
  'cancel',
  'journal',
  'clock',
  'many-operations',
  'former-modules',
  'file-attributes',
  'file-scope',
  'file-count',
  'file-maxtime',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/**
 * Our agents stop cancelled commands (`cancel`), run no command twice, even after a crash of agent or relay (`journal`),
 * and read clock messages (`clock`). The other words are additions to actions (contract/rules/agent-needs.ts).
 */
export const AGENT_CAPABILITIES: readonly Capability[] = CAPABILITIES;
/** The sender may cancel the command, and understands the answer `cancelled`. */
export const COMMAND_CAPABILITIES: readonly Capability[] = ['cancel'];

const MAX_WORDS = 32;
const WORD = /^[a-z][a-z0-9-]{0,63}$/;

/** The key `capabilities` of heartbeats and commands. Unknown words are ignored; a message without the key is MIG's. */
export const Capabilities = listOf(z.string().regex(WORD), MAX_WORDS).transform((words) =>
  CAPABILITIES.filter((capability) => words.includes(capability)),
);
