/** What can go wrong while an action runs. */
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
  /** How long the part is gone or ill. */
  forMs: number;
}

export interface Plan {
  seed: number;
  faults: PlannedFault[];
}

const FAULTS_PER_RUN = 5;
const WINDOW_MS = 10_000;

/** The faults of one run in the order of their time: the same seed, the same plan. */
export function planFaults(seed: number): Plan {
  const random = mulberry32(seed);
  const names = [...FAULTS];
  const faults = Array.from({ length: FAULTS_PER_RUN }, (): PlannedFault => {
    // Each at most once: what is gone already cannot be killed.
    const [name = 'worker killed'] = names.splice(Math.floor(random() * names.length), 1);
    return { name, atMs: Math.floor(random() * WINDOW_MS), forMs: 500 + Math.floor(random() * 2500) };
  });
  return { seed, faults: faults.sort((a, b) => a.atMs - b.atMs) };
}

/** A small generator whose whole state is one number. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
