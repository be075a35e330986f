import type { ActionView, Sent } from '../../contract/api-responses.ts';
import { type Counters, migCounters } from '../../contract/rules/accounting.ts';
import { type ActionRow, actionRecord } from '../../platform/postgres/queries/actions/actions.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import { toInvestigator } from './to-investigator.ts';

/** The fields that a response adds to the row of an action. */
export interface ActionDetails {
  counters?: Counters | undefined;
  failures?: number | undefined;
  /** The signers. */
  investigators?: InvestigatorRow[] | undefined;
}

/** The record of an action (spec/api.md#records). Its stored JSON is passed on byte for byte. */
export function toAction(row: ActionRow, { counters, failures, investigators }: ActionDetails = {}) {
  return {
    ...actionRecord(row),
    investigators: investigators?.map((investigator) => toInvestigator(investigator)),
    counters: counters ? migCounters(counters) : {},
    failures,
    reason: row.reason ?? undefined,
    paused: row.paused || undefined,
  } satisfies Sent<typeof ActionView>;
}
