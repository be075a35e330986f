/** What was found for one value of a search. JSON omits what is undefined. */
export interface Finding {
  localmacaddr?: string | undefined;
  remotemacaddr?: string | undefined;
  localaddr?: string | undefined;
  localport?: number | undefined;
  remoteaddr?: string | undefined;
  remoteport?: number | undefined;
  namespace?: string | undefined;
}

/** The findings of a group by the value that was searched for; null when there are none. */
export type FindingsByValue = Record<string, Finding[] | null>;
