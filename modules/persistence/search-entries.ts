import type { RunClock } from '../../platform/async/run-clock.ts';
import { evaluate, type Plan } from './plan.ts';
import { isFoundOn, listEntriesOf, type Place } from './systems.ts';

export interface EntrySearch {
  plans: readonly Plan[];
  clock: RunClock;
  place: Place;
}

interface Found {
  itemCount: number;
  /** Sentences about what the system did not let us read, or does not have. */
  denials: string[];
  /** Sentences about limits that cut the result. */
  limits: string[];
}

/** The most sentences about files that are too large. */
const MAX_LIMITS = 20;

/** Evaluates everything that starts by itself for all searches, until the time is over. */
export async function searchEntries({ plans, clock, place }: EntrySearch): Promise<Found> {
  const denied: string[] = [];
  const limits: string[] = [];
  const report = {
    onDenied: (path: string) => denied.push(path),
    onLimit: (text: string) => limits.length < MAX_LIMITS && limits.push(text),
  };
  const context = { nowMs: Date.now(), uids: new Map(place.users.map(({ name, uid }) => [name, uid])) };
  let itemCount = 0;
  for await (const entry of listEntriesOf(place, report)) {
    if (clock.isOver()) {
      limits.push(`${clock.ended()}, at ${entry.path}: nothing after it was searched`);
      break;
    }
    itemCount++;
    for (const plan of plans) evaluate(plan, entry, context);
    await clock.pause();
  }
  const [first] = denied;
  const denials =
    first === undefined ? [] : [`permission denied: ${denied.length} files or folders, as of ${first}`];
  return { itemCount, denials: [...unsupportedKinds(plans, place), ...denials], limits };
}

/** A search for such a kind would find nothing, and look as if there were nothing. */
function unsupportedKinds(plans: readonly Plan[], { system }: Place): string[] {
  const kinds = new Set(plans.flatMap(({ search }) => search.kinds ?? []));
  return [...kinds]
    .filter((kind) => !isFoundOn(system, kind))
    .map((kind) => `kind ${kind}: not supported on ${system}`);
}
