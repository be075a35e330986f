export const MAX_WINDOWS = 16;
export const MAX_CANARY = 100_000;
export const MAX_PER_MINUTE = 100_000;
export const MAX_MINIMUM_ANSWERS = 1_000_000;
/** No action is valid for longer. */
export const MAX_WAIT_SECONDS = 366 * 24 * 3600;
