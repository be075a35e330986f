import { z } from 'zod';
import type { ActionView } from '../../../contract/api-responses.ts';
import { timestampFromMillis, unixMillis } from '../../../contract/go/time.ts';
import type { ApiClient } from '../../api/api-client.ts';
import type { Intent } from './intents.ts';

const Signed = z.looseObject({ pgpsignatures: z.array(z.string()) });

/** Finds the action of an intent by its validity and signature: no two actions have the same signature. */
export async function findPosted(
  api: Pick<ApiClient, 'search'>,
  { validfrom, expireafter, signature }: Intent,
): Promise<ActionView | undefined> {
  const filters = {
    after: timestampFromMillis(unixMillis(validfrom) - 1000),
    before: timestampFromMillis(unixMillis(expireafter) + 1000),
  };
  for await (const record of api.search('action', filters)) {
    const action = Signed.safeParse(record);
    if (action.success && action.data.pgpsignatures.includes(signature)) return record;
  }
  return undefined;
}
