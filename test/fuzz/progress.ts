/** The progress of a parsing thread in shared memory: readable even while the thread hangs. */
export interface Progress {
  buffer: SharedArrayBuffer;
  /** Indexed by `At`. */
  numbers: Float64Array;
}

/** The index of each number. */
export const At = {
  /** Milliseconds since 1970 at which the current step started; 0 when none is running. */
  since: 0,
  /** Processor time of the process at that moment, in milliseconds. */
  cpuSince: 1,
  batch: 2,
  index: 3,
  endsAt: 4,
  inputs: 5,
  accepted: 6,
  refused: 7,
  crashes: 8,
  slowestMs: 9,
  peakBytes: 10,
} as const;

/** The batch number of kept inputs. */
export const KEPT = -1;

export function createProgress(
  buffer = new SharedArrayBuffer(Object.keys(At).length * Float64Array.BYTES_PER_ELEMENT),
): Progress {
  return { buffer, numbers: new Float64Array(buffer) };
}

export function read({ numbers }: Progress, name: keyof typeof At): number {
  const value = numbers[At[name]];
  if (value === undefined) throw new Error(`no ${name}`);
  return value;
}

export function write({ numbers }: Progress, name: keyof typeof At, value: number): void {
  numbers[At[name]] = value;
}

export function add(progress: Progress, name: keyof typeof At): void {
  write(progress, name, read(progress, name) + 1);
}

/** Returns the processor time of the process: unlike the clock, it stops while other programs use the machine. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const MB = 1024 * 1024;
/** The memory limit of a parser: heap and buffers. */
export const MAX_BYTES = 256 * MB;
/** The error message of a thread that exceeded it. */
export const TOO_MUCH = 'over 256 MB of heap and buffers';
