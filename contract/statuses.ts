/** The statuses of each kind of record. Outside programs read them from the database. */
export const ACTION_STATUSES = [
  'pending',
  'scheduled',
  'preparing',
  'inflight',
  'completed',
  'invalid',
  'cancelled',
] as const;
export type ActionStatus = (typeof ACTION_STATUSES)[number];

/** All but `sent` are final. */
export const COMMAND_STATUSES = ['sent', 'success', 'failed', 'timeout', 'cancelled', 'expired'] as const;
export type CommandStatus = (typeof COMMAND_STATUSES)[number];

/** The statuses that an agent may answer with. */
export const ANSWER_STATUSES = ['success', 'failed', 'timeout', 'cancelled'] as const;

export const AGENT_STATUSES = ['online', 'idle', 'offline', 'destroyed', 'removed', 'upgraded'] as const;

export const INVESTIGATOR_STATUSES = ['active', 'disabled'] as const;

/** `active`: signed by enough investigators. `disabled` is final. */
export const MANIFEST_STATUSES = ['staged', 'active', 'disabled'] as const;
export type ManifestStatus = (typeof MANIFEST_STATUSES)[number];

/** What `POST /loader/status/` sets. */
export const LOADER_STATUSES = ['enabled', 'disabled'] as const;
