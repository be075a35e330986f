import { Client, Connection, type TLSConfig } from '@temporalio/client';

const CONNECT_TIMEOUT_MS = 5_000;

export interface TemporalOptions {
  address: string;
  namespace: string;
  /** undefined: no TLS. */
  tls?: TemporalTls | undefined;
  apiKey?: string | undefined;
}

/** Certificates and keys are PEM text. */
interface TemporalTls {
  /** undefined: the system's CAs. */
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  /** The name in the server's certificate, when it differs from the address. */
  serverName: string | undefined;
}

/** The common options of the connections of Temporal's client and worker. */
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

/** A client that connects on first use, and reconnects when Temporal is back. */
export function createTemporalClient(options: TemporalOptions): {
  client: Client;
  close: () => Promise<void>;
} {
  const connection = Connection.lazy({ ...connectionOptions(options), connectTimeout: CONNECT_TIMEOUT_MS });
  return {
    client: new Client({ connection, namespace: options.namespace }),
    close: () => connection.close(),
  };
}
