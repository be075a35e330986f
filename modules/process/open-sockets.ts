import { closeSync, readSync } from 'node:fs';
import { openLiving } from '../../platform/machine/living-task.ts';
import type { ProcessFacts } from './facts.ts';
import { passesSocket, type SocketCheck } from './socket-check.ts';
import { parseSocketLine } from './socket-table.ts';

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6'];
const CHUNK_BYTES = 64 * 1024;
/** A machine may have a million sockets: only those that pass some check are kept, up to this number. */
const MAX_KEPT = 500_000;

/** The inodes of the sockets that pass each check. */
type Passing = ReadonlyMap<SocketCheck, Set<number>>;

/** The sockets that pass a check, by the network namespace in which they are. */
export class OpenSockets {
  readonly #checks: readonly SocketCheck[];
  readonly #passing = new Map<string, Passing>();
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

  #passingIn(facts: ProcessFacts): Passing {
    const namespace = facts.networkNamespace;
    const known = this.#passing.get(namespace);
    if (known) return known;
    const keptBefore = this.#kept;
    const passing = new Map(this.#checks.map((check) => [check, new Set<number>()]));
    const isComplete = this.#readTables(facts, passing);
    // A process that ended meanwhile shows fewer tables, or none: the next one of its namespace is read instead.
    if (isComplete && namespace !== '' && facts.networkNamespace === namespace && facts.isCurrent)
      this.#passing.set(namespace, passing);
    else this.#kept = keptBefore;
    return passing;
  }

  /** False when a table could not be read to its end. */
  #readTables(facts: ProcessFacts, passing: Passing): boolean {
    try {
      for (const table of TABLES) this.#readTable(`net/${table}`, { pid: facts.pid, passing });
      return true;
    } catch (error) {
      facts.reportUnread('sockets', error);
      return false;
    }
  }

  #readTable(name: string, { pid, passing }: { pid: number; passing: Passing }): void {
    for (const line of readLines(pid, name)) {
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

/** Yields the lines of a table of a process; none when it is missing: IPv6 may be switched off. Throws the system's errors. */
function* readLines(pid: number, name: string): Generator<string> {
  const fd = tryOpen(pid, name);
  if (fd === undefined) return;
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

function tryOpen(pid: number, name: string): number | undefined {
  try {
    return openLiving(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
