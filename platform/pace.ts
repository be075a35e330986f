/** Resolves to how many may go now, at least one and at most as many as asked for, when it is the caller's turn. */
export type Pace = (most: number) => Promise<number>;

/** A few together cost every part that they pass less than one by one. */
const TURN_MS = 100;

/** Lets so many go each second, in the order of asking; `perSecond` is asked at each turn, Infinity holds nobody up. */
export function createPace(perSecond: () => number): Pace {
  const waiting: { most: number; go: (count: number) => void }[] = [];
  let carriedOver = 0;
  let isTurnComing = false;

  const comeAgain = () => {
    isTurnComing = true;
    setTimeout(takeTurn, TURN_MS);
  };
  const takeTurn = () => {
    isTurnComing = false;
    let due = carriedOver + (perSecond() * TURN_MS) / 1000;
    while (due >= 1 && waiting.length > 0) {
      const { most = 0, go } = waiting.shift() ?? {};
      const count = Math.min(most, Math.floor(due));
      due -= count;
      go?.(count);
    }
    carriedOver = Number.isFinite(due) ? due % 1 : 0;
    if (waiting.length > 0) comeAgain();
  };

  return (most) => {
    if (waiting.length === 0 && perSecond() === Number.POSITIVE_INFINITY) return Promise.resolve(most);
    return new Promise((go) => {
      waiting.push({ most, go });
      if (!isTurnComing) comeAgain();
    });
  };
}
