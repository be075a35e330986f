import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { readLiving } from '../../platform/machine/living-task.ts';
import { readCommandLine } from '../../platform/machine/proc-files.ts';
import { MS_PER_TICK, type ProcessStat, readProcessStat } from '../../platform/machine/proc-stat.ts';

/** What the system may not let us read, with the words of our error. */
export type Unread = 'executable' | 'command line' | 'open files' | 'sockets' | 'parent';

/** Whether an open file passes a check. */
export type FileTest = (path: string) => boolean;

export interface FactsContext {
  bootMs: number;
  userNames: ReadonlyMap<number, string>;
  /** The tests of open files: paths are not kept, because a process may have a million. */
  fileTests: readonly FileTest[];
  /** Called for a fact that cannot be read, with the code of the system's error. */
  onUnread(what: Unread, { pid, code }: { pid: number; code: string }): void;
}

const DELETED = / \(deleted\)$/;
const ENDED = ['ENOENT', 'ESRCH'];

/** The facts of one process, each read when a check first needs it. */
export class ProcessFacts {
  readonly pid: number;
  readonly stat: ProcessStat;
  readonly #context: FactsContext;
  #link: string | undefined;
  #user: { uid: number | undefined } | undefined;
  #command: string | undefined;
  #files: OpenFiles | undefined;

  constructor(pid: number, stat: ProcessStat, context: FactsContext) {
    this.pid = pid;
    this.stat = stat;
    this.#context = context;
  }

  /** The name that the kernel keeps, of at most 15 bytes; a program can change it. */
  get name(): string {
    return this.stat.name;
  }

  get startedMs(): number {
    return this.#context.bootMs + this.stat.startTicks * MS_PER_TICK;
  }

  /** The path of the executable; empty for a thread of the kernel. */
  get path(): string {
    return this.#linkText().replace(DELETED, '');
  }

  /** Both names of the process. */
  get names(): string[] {
    return this.path === '' ? [this.name] : [this.name, basename(this.path)];
  }

  /** Whether the executable has no name any more. */
  get isDeleted(): boolean {
    if (!DELETED.test(this.#linkText())) return false;
    try {
      return readLiving(this.pid, (folder) => statSync(`${folder}/exe`)).nlink === 0;
    } catch {
      return true;
    }
  }

  /** The effective user; undefined when the process has just ended. */
  get uid(): number | undefined {
    this.#user ??= { uid: readUid(this.pid) };
    return this.#user.uid;
  }

  /** The name of the user, or the id of one without. */
  get user(): string {
    return this.uid === undefined ? '' : (this.#context.userNames.get(this.uid) ?? String(this.uid));
  }

  /** The words of the command line, joined by blanks. */
  get command(): string {
    this.#command ??= this.#read('command line', () =>
      readCommandLine(this.pid).replaceAll('\0', ' ').trimEnd(),
    );
    return this.#command ?? '';
  }

  get files(): OpenFiles {
    this.#files ??= this.#read('open files', (folder) => readOpenFiles(folder, this.#context.fileTests)) ?? {
      passed: new Set(),
      sockets: [],
    };
    return this.#files;
  }

  get parent(): ProcessFacts | undefined {
    const { parentPid } = this.stat;
    const stat = parentPid === 0 ? undefined : readProcessStat(parentPid);
    return (
      stat &&
      new ProcessFacts(parentPid, stat, {
        ...this.#context,
        onUnread: (_, { code }) => this.#context.onUnread('parent', { pid: this.pid, code }),
      })
    );
  }

  /** Whether this is still the same process: another one may have got its pid. */
  get isCurrent(): boolean {
    return readProcessStat(this.pid)?.startTicks === this.stat.startTicks;
  }

  /** Identifies the space of the network that the process sees. */
  get networkNamespace(): string {
    return this.#read('open files', (folder) => readlinkSync(`${folder}/ns/net`)) ?? '';
  }

  #linkText(): string {
    this.#link ??= this.#read('executable', (folder) =>
      readlinkSync(`${folder}/exe`, 'buffer').toString('utf8'),
    );
    return this.#link ?? '';
  }

  /** Reports an error, unless it says that the process has ended, or is a thread of the kernel. */
  reportUnread(what: Unread, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (!ENDED.includes(code)) this.#context.onUnread(what, { pid: this.pid, code });
  }

  /** Undefined when it cannot be read. */
  #read<T>(what: Unread, read: (folder: string) => T): T | undefined {
    try {
      return readLiving(this.pid, read);
    } catch (error) {
      this.reportUnread(what, error);
      return undefined;
    }
  }
}

interface OpenFiles {
  /** The tests that some file passes. */
  passed: ReadonlySet<FileTest>;
  /** The inodes of its sockets. */
  sockets: number[];
}

function readOpenFiles(folder: string, tests: readonly FileTest[]): OpenFiles {
  const passed = new Set<FileTest>();
  const sockets: number[] = [];
  for (const fd of readdirSync(`${folder}/fd`)) {
    const target = tryReadLink(`${folder}/fd/${fd}`);
    const socket = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (socket !== undefined) sockets.push(Number(socket));
    if (!target.startsWith('/')) continue;
    const path = target.replace(DELETED, '');
    for (const test of tests) if (!passed.has(test) && test(path)) passed.add(test);
  }
  return { passed, sockets };
}

/** Empty when the file was closed in the meantime. */
function tryReadLink(path: string): string {
  try {
    return readlinkSync(path, 'buffer').toString('utf8');
  } catch {
    return '';
  }
}

function readUid(pid: number): number | undefined {
  try {
    const uid = /^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return uid === undefined ? undefined : Number(uid);
  } catch {
    return undefined;
  }
}
