/** The faults that can happen while an action runs. */
const FAULTS = [
  'worker killed',
  'second worker killed',
  'api killed',
  'relay killed',
  'database killed',
  'temporal killed',
  'agent killed',
  'relay partitioned',
  'relay out of memory',
  'relay out of disk',
  'database slow',
  'clock of an agent skewed',
] as const;
export type FaultName = (typeof FAULTS)[number];

interface PlannedFault {
  name: FaultName;
  /** Milliseconds after the POST. */
  atMs: number;
  /** How long the part is down or impaired. */
  forMs: number;
}

export interface Plan {
  seed: number;
  faults: PlannedFault[];
}

const FAULTS_PER_RUN = 5;
const WINDOW_MS = 10_000;

/** Plans the faults of one run, ordered by time. The same seed gives the same plan. */
export function planFaults(seed: number): Plan {
  const random = mulberry32(seed);
  const names = [...FAULTS];
  const faults = Array.from({ length: FAULTS_PER_RUN }, (): PlannedFault => {
    // Each at most once: a part that is down cannot be killed.
    const [name] = names.splice(Math.floor(random() * names.length), 1);
    if (name === undefined) throw new Error('fewer faults than a run has');
    return { name, atMs: Math.floor(random() * WINDOW_MS), forMs: 500 + Math.floor(random() * 2500) };
  });
  return { seed, faults: faults.sort((a, b) => a.atMs - b.atMs) };
}

/** A pseudo-random generator whose whole state is one number. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
