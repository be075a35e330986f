import { getInvestigator } from '../../contract/api/investigators.ts';
import type { InvestigatorView } from '../../contract/api-responses.ts';
import type { ApiClient } from '../api/api-client.ts';
import { findRecordId } from '../api/find-record.ts';

export async function findInvestigator(
  api: Pick<ApiClient, 'call' | 'search'>,
  word: string,
): Promise<InvestigatorView> {
  const investigatorid = await findRecordId(api, { kind: 'investigator', word });
  return (await api.call(getInvestigator, { investigatorid })).investigator;
}
