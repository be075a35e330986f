/** MIG's "never": not finished, not destroyed. */
export const TIME_NEVER = '9998-01-11T11:11:11Z';
/** Go's zero time, which MIG's clients expect for an unknown time. */
export const TIME_ZERO = '0001-01-01T00:00:00Z';
