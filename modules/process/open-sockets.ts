import { closeSync, openSync, readSync } from 'node:fs';
import type { ProcessFacts } from './facts.ts';
import { passesSocket, type SocketCheck } from './socket-check.ts';
import { parseSocketLine } from './socket-table.ts';

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6'];
const CHUNK_BYTES = 64 * 1024;
/** A machine may have a million sockets: only those that pass some check are kept, up to this number. */
const MAX_KEPT = 500_000;

/** The sockets that pass a check, by the network namespace in which they are. */
export class OpenSockets {
  readonly #checks: readonly SocketCheck[];
  readonly #passing = new Map<string, ReadonlyMap<SocketCheck, ReadonlySet<number>>>();
  #kept = 0;

  constructor(checks: readonly SocketCheck[]) {
    this.#checks = checks;
  }

  /** Whether more sockets passed than are kept, so that processes may be missing. */
  get isFull(): boolean {
    return this.#kept >= MAX_KEPT;
  }

  /** Whether a process has an open socket that passes. */
  has(facts: ProcessFacts, check: SocketCheck): boolean {
    const { sockets } = facts.files;
    if (sockets.length === 0) return false;
    const passing = this.#passingIn(facts).get(check);
    return passing !== undefined && sockets.some((inode) => passing.has(inode));
  }

  #passingIn(facts: ProcessFacts): ReadonlyMap<SocketCheck, ReadonlySet<number>> {
    const namespace = facts.networkNamespace;
    const known = this.#passing.get(namespace);
    if (known) return known;
    const passing = new Map(this.#checks.map((check) => [check, new Set<number>()]));
    for (const table of TABLES) this.#readTable(`/proc/${facts.pid}/net/${table}`, passing);
    this.#passing.set(namespace, passing);
    return passing;
  }

  #readTable(file: string, passing: ReadonlyMap<SocketCheck, Set<number>>): void {
    for (const line of readLines(file)) {
      const socket = parseSocketLine(line);
      if (!socket) continue;
      for (const [check, inodes] of passing) {
        if (this.isFull || !passesSocket(check, socket)) continue;
        inodes.add(socket.inode);
        this.#kept++;
      }
    }
  }
}

/** Yields the lines of a file of /proc. Nothing when it is missing: IPv6 may be switched off, the process may have ended. */
function* readLines(file: string): Generator<string> {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return;
  }
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest = '';
    while (true) {
      const count = readSync(fd, buffer, 0, CHUNK_BYTES, null);
      const lines = (rest + buffer.toString('latin1', 0, count)).split('\n');
      rest = count === 0 ? '' : (lines.pop() ?? '');
      yield* lines;
      if (count === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}
