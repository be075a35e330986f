/** The limit that a module exceeded: its memory, or its number of processes. */
export type Breach = 'memory' | 'processes';

export function describeBreach(breach: Breach): string {
  return `it took more ${breach} than it may`;
}
