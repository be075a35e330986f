import { InvestigatorDetails } from '../../contract/api-responses.ts';
import type { ApiClient } from '../api/api-client.ts';
import { findRecord } from '../api/find-record.ts';

export function findInvestigator(
  api: Pick<ApiClient, 'get' | 'search'>,
  word: string,
): Promise<InvestigatorDetails> {
  return findRecord(api, { kind: 'investigator', word, schema: InvestigatorDetails });
}
