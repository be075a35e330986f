/** The limit that a module exceeded: its memory, or its number of processes. */
export type Breach = 'memory' | 'processes';
