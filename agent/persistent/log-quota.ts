/** Limits how many lines of a module reach the agent's log: a flood must not fill the disk. */
export interface LogQuota {
  /** False when there were too many lines lately: this one is only counted. */
  take(): boolean;
  /** The number of lines since the last taken one that were only counted. */
  suppressed(): number;
}

const BURST = 500;
const PER_SECOND = 10;

export function createLogQuota(now = () => performance.now()): LogQuota {
  let tokens = BURST;
  let filledMs = now();
  let suppressed = 0;
  return {
    take() {
      const nowMs = now();
      tokens = Math.min(BURST, tokens + ((nowMs - filledMs) / 1000) * PER_SECOND);
      filledMs = nowMs;
      if (tokens < 1) {
        suppressed++;
        return false;
      }
      tokens--;
      return true;
    },
    suppressed() {
      const count = suppressed;
      suppressed = 0;
      return count;
    },
  };
}
