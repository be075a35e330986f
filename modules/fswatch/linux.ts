import { lstatSync } from 'node:fs';
import { IN, type InotifyEvent, openInotify } from '../../platform/machine/inotify.ts';
import { type BytePath, childOf, fromBytes, toBytes } from './byte-path.ts';
import type { FileEvent, FileWatcher, WatcherHandlers } from './file-events.ts';

const MASK =
  IN.MODIFY | IN.ATTRIB | IN.CREATE | IN.DELETE | IN.DELETE_SELF | IN.MOVED_FROM | IN.MOVED_TO | IN.MOVE_SELF;
const POLL_MS = 250;

/** Undefined where the runtime cannot call inotify. */
export function openInotifyWatcher({ onEvent, onError }: WatcherHandlers): FileWatcher | undefined {
  const inotify = openInotify();
  if (!inotify) return undefined;
  const watches = new WatchTable();
  const poll = setInterval(() => {
    try {
      for (const event of inotify.read()) for (const one of translate(event, watches)) onEvent(one);
    } catch (error) {
      clearInterval(poll);
      onError(error);
    }
  }, POLL_MS);
  return {
    add(path, { isFollowed, isDirectory }) {
      const flags = (isFollowed ? 0 : IN.DONT_FOLLOW) | (isDirectory ? IN.ONLYDIR : 0);
      watches.add(inotify.add(toBytes(path), MASK | flags), path);
    },
    remove(path) {
      const unused = watches.removePath(path);
      if (unused !== undefined) inotify.remove(unused);
    },
  };
}

/** The paths of each watch. An object with several paths, such as /bin where it is /usr/bin, has one watch. */
export class WatchTable {
  readonly #paths = new Map<number, BytePath[]>();
  readonly #watches = new Map<BytePath, number>();

  add(watch: number, path: BytePath): void {
    const paths = this.#paths.get(watch) ?? [];
    if (!paths.includes(path)) paths.push(path);
    this.#paths.set(watch, paths);
    this.#watches.set(path, watch);
  }

  /** The path that was added first. */
  pathOf(watch: number): BytePath | undefined {
    return this.#paths.get(watch)?.[0];
  }

  /** Returns the watch when no other path has it. */
  removePath(path: BytePath): number | undefined {
    const watch = this.#watches.get(path);
    if (watch === undefined) return undefined;
    this.#watches.delete(path);
    const rest = (this.#paths.get(watch) ?? []).filter((one) => one !== path);
    if (rest.length > 0) {
      this.#paths.set(watch, rest);
      return undefined;
    }
    this.#paths.delete(watch);
    return watch;
  }

  removeWatch(watch: number): void {
    for (const path of this.#paths.get(watch) ?? []) this.#watches.delete(path);
    this.#paths.delete(watch);
  }
}

/** Turns an event of the kernel into ours. */
export function translate({ watch, mask, name }: InotifyEvent, watches: WatchTable): FileEvent[] {
  if (mask & IN.Q_OVERFLOW) return [{ kind: 'lost' }];
  const folder = watches.pathOf(watch);
  if (folder === undefined) return [];
  if (mask & IN.IGNORED) {
    watches.removeWatch(watch);
    return [];
  }
  const path = name.length === 0 ? folder : childOf(folder, fromBytes(name));
  if (mask & (IN.DELETE | IN.DELETE_SELF | IN.MOVED_FROM | IN.MOVE_SELF | IN.UNMOUNT)) {
    return [{ kind: 'removed', path }];
  }
  if (mask & (IN.CREATE | IN.MOVED_TO)) return [{ kind: 'created', path }];
  if (mask & IN.MODIFY) return [{ kind: 'written', path }];
  // A file that a program holds open reports its removal only as a change of its number of links.
  return mask & IN.ATTRIB && name.length === 0 && isGone(path) ? [{ kind: 'removed', path }] : [];
}

function isGone(path: BytePath): boolean {
  return lstatSync(toBytes(path), { throwIfNoEntry: false }) === undefined;
}
