/** What a parsing thread tells at any moment, also while it hangs: memory that both threads see. */
export interface Progress {
  buffer: SharedArrayBuffer;
  /** By `At`. */
  numbers: Float64Array;
}

/** Where each number is. */
export const At = {
  /** Milliseconds since 1970 at which the present step began; 0: none is under way. */
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

/** The batch of inputs that were kept. */
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

/** Processor time of the whole process: unlike the clock, it stands still while others have the machine. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const MB = 1024 * 1024;
/** What a parser may take: heap, and buffers beside it. */
export const MAX_BYTES = 256 * MB;
/** What a thread ends with that has taken more. */
export const TOO_MUCH = 'over 256 MB of heap and buffers';
