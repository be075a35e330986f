import type { Brakes, BrakesView } from '../../contract/brakes.ts';
import { DAYS } from '../../contract/rules/brakes/windows.ts';
import { type ActionOverrides, type ApiCaller, signedAction } from '../../dev/api-caller.ts';
import type { Platform } from './platform.ts';

/** Launches an action with brakes, signed by the caller. Returns its id. */
export async function postBraked(
  api: ApiCaller,
  brakes: Brakes,
  overrides: ActionOverrides = {},
): Promise<number> {
  const action = await signedAction([api.key], {
    expireAfterMs: Date.now() + 24 * 3600_000,
    ...overrides,
  });
  const answer = await api.form('/action/create/', { action, brakes: JSON.stringify(brakes) });
  if (answer.status !== 202) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
  return answer.body.collection.items[0].data[0].value.id;
}

/** The brakes of an action as the API shows them. */
export async function brakesNow(api: ApiCaller, id: number): Promise<BrakesView | undefined> {
  const { body } = await api.get(`/action?actionid=${id}`);
  const items = body.collection.items.flatMap(
    ({ data }: { data: { name: string; value: unknown }[] }) => data,
  );
  return items.find(({ name }: { name: string }) => name === 'brakes')?.value;
}

export function changeBrakes(api: ApiCaller, id: number, brakes: Brakes) {
  return api.form('/action/brakes/', { actionid: String(id), brakes: JSON.stringify(brakes) });
}

/** A window of an hour that opens in twelve hours, whatever the time is now. */
export function closedWindow(): NonNullable<Brakes['windows']>[number] {
  const hour = new Date(Date.now() + 12 * 3600_000).getUTCHours();
  const time = (hours: number) => `${String(hours).padStart(2, '0')}:00`;
  return { days: [...DAYS], from: time(hour), to: time(hour + 1), timezone: 'UTC' };
}

/** How many commands of an action the relay has had. */
export async function publishedCount({ pool }: Pick<Platform, 'pool'>, id: number): Promise<number> {
  const { rows } = await pool.query(
    'SELECT count(*) AS count FROM commands WHERE actionid = $1 AND publishedat IS NOT NULL',
    [id],
  );
  return rows[0].count;
}
