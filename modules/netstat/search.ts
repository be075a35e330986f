import { TimeIsOverError } from '../../platform/async/run-clock.ts';
import { searchInterfaces } from './search-interfaces.ts';
import { searchNeighbors } from './search-neighbors.ts';
import type { Search } from './search-run.ts';
import { searchSockets } from './search-sockets.ts';

/** Looks for all values in one pass over each table, until the deadline. */
export async function searchNetwork(search: Search): Promise<void> {
  const { findings, tally } = search;
  const parts = [searchInterfaces(search), searchNeighbors(search), searchSockets(search)];
  findings.divide();
  try {
    for (const part of parts) await part();
  } catch (error) {
    if (!(error instanceof TimeIsOverError)) throw error;
    tally.limits.push(error.message);
  }
}
