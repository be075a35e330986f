import { countOf } from '../../contract/text/count-of.ts';
import type { RunClock } from '../../platform/async/run-clock.ts';
import { toDisplayPath } from '../../platform/machine/directory/system-path.ts';
import { USERS_FILE } from '../../platform/machine/users.ts';
import type { Entry } from './entry.ts';
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

/** The most sentences about files and folders of which a part was left out. */
const MAX_LIMITS = 20;

/** Evaluates everything that starts by itself for all searches, until the time is over. */
export async function searchEntries({ plans, clock, place }: EntrySearch): Promise<Found> {
  const unread = createUnread();
  const limited = createLimited();
  const report = { onUnread: unread.add, onLimit: limited.add };
  if (place.unreadCode !== undefined) unread.add(USERS_FILE, place.unreadCode);
  const late: string[] = [];
  const context = { nowMs: Date.now(), uids: new Map(place.users.map(({ name, uid }) => [name, uid])) };
  let itemCount = 0;
  for await (const listed of listEntriesOf(place, report)) {
    const entry = toDisplayed(listed);
    if (clock.isOver()) {
      late.push(`${clock.ended()}, at ${entry.path}: nothing after it was searched`);
      break;
    }
    itemCount++;
    for (const plan of plans) evaluate(plan, entry, context);
    await clock.pause();
  }
  return {
    itemCount,
    denials: [...unsupportedKinds(plans, place), ...unread.sentences()],
    limits: [...limited.sentences(), ...late],
  };
}

/** Checks and results have text: a byte that is not UTF-8 becomes U+FFFD there. */
function toDisplayed({ name, path, user, ...entry }: Entry): Entry {
  return { ...entry, name: toDisplayPath(name), path: toDisplayPath(path), user: toDisplayPath(user) };
}

/** Counts what was not read, by its reason. */
function createUnread() {
  const byReason = new Map<string, { count: number; first: string }>();
  return {
    add(path: string, why: string): void {
      const reason = ['EACCES', 'EPERM'].includes(why) ? 'permission denied' : `not read (${why})`;
      const { count, first } = byReason.get(reason) ?? { count: 0, first: toDisplayPath(path) };
      byReason.set(reason, { count: count + 1, first });
    },
    sentences: () =>
      [...byReason].map(
        ([reason, { count, first }]) => `${reason}: ${count} files or folders, as of ${first}`,
      ),
  };
}

/** Keeps the first sentences and counts the others: users of the machine decide how many there are. */
function createLimited() {
  const kept: string[] = [];
  let others = 0;
  return {
    add(text: string): void {
      if (kept.length < MAX_LIMITS) kept.push(toDisplayPath(text));
      else others++;
    },
    sentences: () =>
      others === 0 ? kept : [...kept, `${countOf(others, 'more limit is', 'more limits are')} not listed`],
  };
}

/** A search for such a kind would find nothing, and look as if there were nothing. */
function unsupportedKinds(plans: readonly Plan[], { system }: Place): string[] {
  const kinds = new Set(plans.flatMap(({ search }) => search.kinds ?? []));
  return [...kinds]
    .filter((kind) => !isFoundOn(system, kind))
    .map((kind) => `kind ${kind}: not supported on ${system}`);
}
