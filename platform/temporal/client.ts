import { Client, Connection } from '@temporalio/client';

export interface TemporalOptions {
  address: string;
  namespace: string;
}

/** A client whose connection is made when first used, and made again when Temporal comes back. */
export function createTemporalClient({ address, namespace }: TemporalOptions): {
  client: Client;
  close: () => Promise<void>;
} {
  const connection = Connection.lazy({ address, connectTimeout: 5000 });
  return { client: new Client({ connection, namespace }), close: () => connection.close() };
}
