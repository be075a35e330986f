import { Connection, isGrpcServiceError } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/names.ts';
import { unreachable } from '../network/unreachable.ts';
import { connectionOptions, type TemporalOptions } from './client.ts';

/** Temporal's numbers of the types (IndexedValueType). */
const TYPES = { Keyword: 2, KeywordList: 7 } as const;

const CONNECT_TIMEOUT_MS = 10_000;

/** Registers the platform's search attributes in a namespace. Returns those that were missing. */
export async function registerSearchAttributes(options: TemporalOptions): Promise<string[]> {
  const { namespace, address } = options;
  const server = {
    service: 'Temporal',
    address,
    setting: 'TEMPORAL_ADDRESS and the settings beside it',
  } as const;
  const connecting = Connection.connect({
    ...connectionOptions(options),
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  const connection = await connecting.catch((cause: unknown) => {
    throw unreachable(server, cause);
  });
  try {
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !known.customAttributes?.[name]);
    if (missing.length > 0) {
      const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    }
    return missing.map(([name]) => name);
  } catch (error) {
    throw isGrpcServiceError(error) ? unreachable(server, error) : error;
  } finally {
    await connection.close();
  }
}
