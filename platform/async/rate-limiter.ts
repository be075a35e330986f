/** Resolves in the order of the calls to the number of permits: at least one, at most as many as asked for. */
export type RateLimiter = (most: number) => Promise<number>;

/** Permits are given in groups, which cost every part that they pass less than one at a time. */
const TURN_MS = 100;

/** A FIFO rate limiter. `perSecond` is read at each turn; `Infinity` disables it. */
export function createRateLimiter(perSecond: () => number): RateLimiter {
  const waiting: { most: number; go: (count: number) => void }[] = [];
  let carriedOver = 0;
  let isTurnComing = false;

  const scheduleTurn = () => {
    isTurnComing = true;
    setTimeout(takeTurn, TURN_MS);
  };
  const takeTurn = () => {
    isTurnComing = false;
    let due = carriedOver + (perSecond() * TURN_MS) / 1000;
    while (due >= 1 && waiting.length > 0) {
      const next = waiting.shift();
      if (!next) break;
      const count = Math.min(next.most, Math.floor(due));
      due -= count;
      next.go(count);
    }
    carriedOver = Number.isFinite(due) ? due % 1 : 0;
    if (waiting.length > 0) scheduleTurn();
  };

  return (most) => {
    if (waiting.length === 0 && perSecond() === Number.POSITIVE_INFINITY) return Promise.resolve(most);
    return new Promise((go) => {
      waiting.push({ most, go });
      if (!isTurnComing) scheduleTurn();
    });
  };
}
