import { LoaderView } from '../../contract/loader.ts';
import type { ApiClient } from '../api/api-client.ts';
import { findRecord } from '../api/find-record.ts';

export function findLoader(api: Pick<ApiClient, 'get' | 'search'>, word: string): Promise<LoaderView> {
  return findRecord(api, { kind: 'loader', word, schema: LoaderView });
}
