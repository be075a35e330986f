import { Client, Connection, type TLSConfig } from '@temporalio/client';

export interface TemporalOptions {
  address: string;
  namespace: string;
  /** PEM; without a CA the system's count. Undefined: no TLS. */
  tls?: TemporalTls | undefined;
  apiKey?: string | undefined;
}

interface TemporalTls {
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  /** The name that the server's certificate must have, when it is not that of the address. */
  serverName: string | undefined;
}

/** What the connections of Temporal's client and of its worker are told alike. */
export function connectionOptions({ address, tls, apiKey }: TemporalOptions): {
  address: string;
  tls?: TLSConfig;
  apiKey?: string;
} {
  return {
    address,
    ...(tls === undefined ? {} : { tls: tlsConfig(tls) }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

function tlsConfig({ ca, cert, key, serverName }: TemporalTls): TLSConfig {
  return {
    ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
    ...(cert === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) } }),
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
  };
}

/** A client whose connection is made when first used, and made again when Temporal comes back. */
export function createTemporalClient(options: TemporalOptions): {
  client: Client;
  close: () => Promise<void>;
} {
  const connection = Connection.lazy({ ...connectionOptions(options), connectTimeout: 5000 });
  return {
    client: new Client({ connection, namespace: options.namespace }),
    close: () => connection.close(),
  };
}
