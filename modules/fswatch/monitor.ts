import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { MigError } from '../../contract/errors.ts';
import { goErrno } from '../../contract/go/errno.ts';
import type { PersistentHost } from '../module.ts';
import { alertText } from './alerts.ts';
import { type BytePath, childOf, fromBytes, isBelow, parentOf, toBytes, toText } from './byte-path.ts';
import { type Entry, entryOfFolder, isCoveredRecursively } from './entries.ts';
import type { FileEvent, FileWatcher } from './file-events.ts';
import type { HashQueue } from './hash-queue.ts';

/** A folder or file that is watched, or a file in a watched folder. */
interface Tracked {
  entry: Entry;
  isDirectory: boolean;
  isWatched: boolean;
  /** The hash of the last content that could be read; undefined until then. */
  hash?: string;
  /** False while the file cannot be read, or is a link or another thing than a file. */
  isReadable?: boolean;
  /** When the latest alerts were raised: that the content changed, and that it cannot be read any more. */
  changedAlertMs?: number;
  unreadableAlertMs?: number;
}

interface MonitorDeps {
  host: PersistentHost;
  /** False for the built-in list, of which a machine need not have every path. */
  isConfigured: boolean;
  watcher: FileWatcher;
  hashes: Pick<HashQueue, 'request'>;
  /** The wait between a change and its comparison. */
  delayMs(): number;
  now(): number;
  maxObjects?: number;
}

/** Bounds the memory of the module, at about 500 bytes for each object. */
const MAX_OBJECTS = 100_000;
const ALERT_INTERVAL_MS = 15 * 60_000;
const RETURN_POLL_MS = 5_000;

/** Knows the watched objects, and decides what a change means (spec/modules/fswatch.md#watching). */
export class Monitor {
  readonly #entries: readonly Entry[];
  readonly #deps: MonitorDeps;
  readonly #objects = new Map<BytePath, Tracked>();
  readonly #maxObjects: number;
  #isFullReported = false;

  constructor(entries: readonly Entry[], deps: MonitorDeps) {
    this.#entries = entries;
    this.#deps = deps;
    this.#maxObjects = deps.maxObjects ?? MAX_OBJECTS;
  }

  /** Watches every entry, and records the hashes. Throws when a configured path cannot be watched. */
  start(): void {
    const seen = new Map<string, Entry>();
    for (const entry of this.#entries) {
      try {
        const { dev, ino } = statOf(entry.path);
        const same = seen.get(`${dev}:${ino} ${entry.isRecursive}`);
        if (same) {
          this.#deps.host.log(`${toText(entry.path)} is ${toText(same.path)}, which is monitored`);
          continue;
        }
        seen.set(`${dev}:${ino} ${entry.isRecursive}`, entry);
        this.#startEntry(entry);
      } catch (error) {
        if (this.#deps.isConfigured || (error as MigError).code !== 'not_found') throw error;
        this.#deps.host.log(`${toText(entry.path)} does not exist and is not monitored`);
      }
    }
  }

  handle(event: FileEvent): void {
    if (event.kind === 'lost') {
      this.#compareAll();
      return;
    }
    const { kind, path } = event;
    const known = this.#objects.get(path);
    const entry = known?.entry ?? entryOfFolder(this.#entries, parentOf(path));
    if (entry === undefined) {
      this.#alert('high', `unhandled notification for ${toText(path)}`);
      return;
    }
    if (kind === 'removed') {
      if (known) this.#remove(path, known);
      return;
    }
    if (kind === 'created') this.#create(path, entry);
    this.#requestHash(path, this.#deps.delayMs());
  }

  /**
   * Receives the hash of a file that was requested before, empty for one that cannot be read. Compares with the last content
   * that could be read: a file that is unreadable for a moment could come back with any other.
   */
  compare(path: BytePath, hash: string): void {
    const tracked = this.#objects.get(path);
    if (tracked === undefined) {
      this.#deps.host.log(`warning: received hash reply for untracked object ${toText(path)}`);
      return;
    }
    const { hash: known, isReadable: wasReadable } = tracked;
    const isReadable = hash !== '';
    tracked.isReadable = isReadable;
    if (isReadable) tracked.hash = hash;
    const isSame = isReadable ? hash === known : wasReadable === false;
    if (known === undefined || isSame) return;
    // Making a file unreadable must not silence the alert about its next content.
    const kind = isReadable ? 'changedAlertMs' : 'unreadableAlertMs';
    const nowMs = this.#deps.now();
    if (nowMs - (tracked[kind] ?? Number.NEGATIVE_INFINITY) < ALERT_INTERVAL_MS) return;
    tracked[kind] = nowMs;
    this.#alert('critical', `${toText(path)} signature changed ${known} -> ${hash}`);
  }

  #startEntry(entry: Entry): void {
    const stats = statOf(entry.path);
    if (stats.isDirectory()) this.#addFolder(entry.path, entry, { isFollowed: true });
    else if (stats.isFile()) this.#addFile(entry.path, entry, { isWatched: true });
    else {
      const why = `file type of entry path ${toText(entry.path)} cannot be monitored`;
      throw new MigError('config_invalid', why);
    }
  }

  /** Watches a folder, records its files and, in a recursive entry, goes on below it. */
  #addFolder(folder: BytePath, entry: Entry, { isFollowed }: { isFollowed: boolean }): void {
    const pending: BytePath[] = [folder];
    for (const next of pending) {
      if (!this.#watch(next, entry, { isDirectory: true, isFollowed: isFollowed && next === folder }))
        continue;
      for (const name of namesIn(next)) {
        const path = childOf(next, name);
        const stats = lstatSync(toBytes(path), { throwIfNoEntry: false });
        if (stats?.isFile()) this.#addFile(path, entry, { isWatched: false });
        if (stats?.isDirectory() && isCoveredRecursively(this.#entries, next)) pending.push(path);
      }
    }
  }

  #addFile(path: BytePath, entry: Entry, { isWatched }: { isWatched: boolean }): void {
    if (isWatched) this.#watch(path, entry, { isDirectory: false, isFollowed: true });
    else this.#track(path, { entry, isDirectory: false, isWatched: false });
    this.#requestHash(path, 0);
  }

  /** False when the object is gone, or there are too many. */
  #watch(
    path: BytePath,
    entry: Entry,
    { isDirectory, isFollowed }: { isDirectory: boolean; isFollowed: boolean },
  ): boolean {
    const wasWatched = this.#objects.get(path)?.isWatched === true;
    if (!this.#track(path, { entry, isDirectory, isWatched: true })) return false;
    try {
      this.#deps.watcher.add(path, { isDirectory, isFollowed });
    } catch (error) {
      this.#forget(path);
      if (isMissing(error)) return false;
      throw new MigError('unavailable', `watch ${toText(path)}: ${goErrno(error)}`, { cause: error });
    }
    if (!wasWatched) this.#deps.host.log(`adding monitoring for object ${toText(path)}`);
    return true;
  }

  #track(path: BytePath, tracked: Tracked): boolean {
    const known = this.#objects.get(path);
    if (known) {
      known.isWatched ||= tracked.isWatched;
      return true;
    }
    if (this.#objects.size >= this.#maxObjects) {
      this.#reportFull(path);
      return false;
    }
    this.#objects.set(path, tracked);
    tracked.entry.objects++;
    return true;
  }

  #create(path: BytePath, entry: Entry): void {
    const isRecursive = isCoveredRecursively(this.#entries, parentOf(path));
    const stats = lstatSync(toBytes(path), { throwIfNoEntry: false });
    if (stats === undefined) {
      if (isRecursive) this.#alert('medium', `unable to stat new path ${toText(path)}`);
      return;
    }
    if (stats.isDirectory() && isRecursive) this.#addFolder(path, entry, { isFollowed: false });
    if (stats.isFile()) this.#track(path, { entry, isDirectory: false, isWatched: false });
  }

  #requestHash(path: BytePath, delayMs: number): void {
    const tracked = this.#objects.get(path);
    if (!tracked || tracked.isDirectory) return;
    this.#deps.hashes.request(path, { delayMs, isFollowed: tracked.isWatched });
  }

  #remove(path: BytePath, { entry, isDirectory }: Tracked): void {
    this.#alert('low', `path ${toText(path)} removed`);
    this.#deps.host.log(`removing monitoring for object ${toText(path)}`);
    this.#forget(path);
    // A folder that was moved away takes along what is below it.
    if (isDirectory) {
      for (const other of this.#objects.keys()) if (isBelow(other, path)) this.#forget(other);
    }
    if (entry.objects > 0) return;
    this.#deps.host.log(`last object in ${toText(entry.path)} removed, periodically checking for existence`);
    this.#awaitReturn(entry);
  }

  #forget(path: BytePath): void {
    const tracked = this.#objects.get(path);
    if (!tracked) return;
    this.#objects.delete(path);
    tracked.entry.objects--;
    if (tracked.isWatched) this.#deps.watcher.remove(path);
  }

  #awaitReturn(entry: Entry): void {
    const timer = setInterval(() => {
      if (lstatSync(toBytes(entry.path), { throwIfNoEntry: false }) === undefined) return;
      clearInterval(timer);
      try {
        if (entry.objects === 0) this.#startEntry(entry);
      } catch (error) {
        if ((error as MigError).code === 'not_found') this.#awaitReturn(entry);
        else this.#deps.host.fail(error);
      }
    }, RETURN_POLL_MS);
  }

  /** After lost events: compares every file, and finds what is new or gone. */
  #compareAll(): void {
    this.#deps.host.log('warning: the system lost events, every object is compared');
    for (const [path, tracked] of [...this.#objects]) {
      const isGone = lstatSync(toBytes(path), { throwIfNoEntry: false }) === undefined;
      if (isGone && this.#objects.has(path)) this.#remove(path, tracked);
      else this.#requestHash(path, 0);
    }
    for (const entry of this.#entries.filter(({ objects }) => objects > 0)) this.#startEntry(entry);
  }

  #reportFull(path: BytePath): void {
    if (this.#isFullReported) return;
    this.#isFullReported = true;
    const why = `more than ${this.#maxObjects} objects: ${toText(path)} and further ones are not monitored`;
    this.#deps.host.log(`warning: ${why}`);
    this.#alert('high', why);
  }

  #alert(...alert: Parameters<typeof alertText>): void {
    this.#deps.host.alert(alertText(...alert));
  }
}

/** Follows links: /bin often is one. */
function statOf(path: BytePath): Stats {
  try {
    return statSync(toBytes(path));
  } catch (cause) {
    const code = isMissing(cause) ? 'not_found' : 'unavailable';
    throw new MigError(code, `stat ${toText(path)}: ${goErrno(cause)}`, { cause });
  }
}

/** Empty for a folder that is gone, or may not be read. */
function namesIn(folder: BytePath): BytePath[] {
  try {
    return readdirSync(toBytes(folder), { encoding: 'buffer' }).map(fromBytes);
  } catch {
    return [];
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
