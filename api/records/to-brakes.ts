import type { z } from 'zod';
import { type BrakesView, parseBrakes } from '../../contract/brakes.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import type { ActionRow } from '../../platform/postgres/queries/actions/actions.ts';
import type { BrakesRow } from '../../platform/postgres/queries/brakes/brakes.ts';

/** The brakes of an action as they are now. Those of an action that has ended hold nothing back. */
export function toBrakes(row: BrakesRow, { status }: Pick<ActionRow, 'status'>): z.input<typeof BrakesView> {
  const { settings, state, heldat, canarypassedat, answered, failed, matched } = row;
  const isOver = isFinalAction(status);
  return {
    settings: parseBrakes(settings),
    state: isOver ? null : state,
    held: !isOver && heldat !== null,
    canarypassed: canarypassedat !== null,
    answered,
    failed,
    matched,
  };
}
