import { type FSWatcher, lstatSync, watch } from 'node:fs';
import { type BytePath, childOf, fromText, toBytes, toText } from './byte-path.ts';
import type { FileEvent, FileWatcher, WatcherHandlers } from './file-events.ts';

/** The runtime's own watcher, for systems without inotify. It tells that something happened; a look at the path tells what. */
export function openRuntimeWatcher({ onEvent, onError }: WatcherHandlers): FileWatcher {
  const watchers = new Map<BytePath, FSWatcher>();
  return {
    add(path) {
      watchers.get(path)?.close();
      const watcher = watch(toText(path), { persistent: true }, (kind, name) => {
        const changed = name === null || isItself(path, name) ? path : childOf(path, fromText(name));
        onEvent({ kind: kindOf(kind, changed), path: changed });
      });
      watcher.on('error', onError);
      watchers.set(path, watcher);
    },
    remove(path) {
      watchers.get(path)?.close();
      watchers.delete(path);
    },
  };
}

/** For a watched file the runtime names the file itself. */
function isItself(path: BytePath, name: string): boolean {
  const stats = lstatSync(toBytes(path), { throwIfNoEntry: false });
  return stats?.isDirectory() === false && path.endsWith(`/${fromText(name)}`);
}

function kindOf(kind: string, path: BytePath): Exclude<FileEvent['kind'], 'lost'> {
  if (lstatSync(toBytes(path), { throwIfNoEntry: false }) === undefined) return 'removed';
  return kind === 'rename' ? 'created' : 'written';
}
