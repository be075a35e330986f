import { getLoader } from '../../contract/api/loaders.ts';
import type { LoaderView } from '../../contract/loader.ts';
import type { ApiClient } from '../api/api-client.ts';
import { findRecordId } from '../api/find-record.ts';

export async function findLoader(api: Pick<ApiClient, 'call' | 'search'>, word: string): Promise<LoaderView> {
  const loaderid = await findRecordId(api, { kind: 'loader', word });
  return (await api.call(getLoader, { loaderid })).loader;
}
