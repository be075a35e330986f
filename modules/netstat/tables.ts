import type { Address } from '../../contract/go/ip-address.ts';

/** A machine on the same network, from the ARP table. */
export interface Neighbor {
  address: Address;
  /** The forms of its hardware address that a pattern may match; the first is returned. */
  macs: readonly string[];
}

/** An end of a socket. A wildcard has no address on systems that print it as `*`. */
export interface Endpoint {
  address: Address | undefined;
  port: number;
}

export interface Socket {
  local: Endpoint;
  remote: Endpoint;
}

/** A table of the system as lines of text. */
export interface Table<Row> {
  /** A file or command line, for errors. */
  name: string;
  /** False when no row can have an address of IPv6. */
  hasIPv6: boolean;
  /** The network namespace, on Linux. */
  namespace?: string;
  /** Batches of lines. Throws the system's errors. */
  lines(): Iterable<readonly string[]> | AsyncIterable<readonly string[]>;
  /** Returns undefined for a line that is no row, such as a header. */
  parse(line: string): Row | 'malformed' | undefined;
}

/** The hardware addresses of interfaces, empty for those without one, and their IP addresses. */
export interface Interfaces {
  macs: readonly string[];
  addresses: readonly Address[];
}

/** What an operating system knows of its network. */
export interface System {
  interfaces(): Interfaces;
  neighbors: readonly Table<Neighbor>[];
  sockets: readonly Table<Socket>[];
  /** Why a part of the tables cannot be read. */
  errors: readonly string[];
  /** Why an IPv6 address is not searched for among neighbours; undefined when it is. */
  noIPv6Neighbors?: string;
}
