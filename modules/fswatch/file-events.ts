import type { BytePath } from './byte-path.ts';

/** A change that the system reports. `lost` stands for events that it dropped. */
export type FileEvent = { kind: 'created' | 'written' | 'removed'; path: BytePath } | { kind: 'lost' };

/** Reports changes of watched objects, and in watched folders. */
export interface FileWatcher {
  /** Throws the system's error. Links are followed only where `isFollowed` is set. */
  add(path: BytePath, options: { isFollowed: boolean; isDirectory: boolean }): void;
  remove(path: BytePath): void;
}

export interface WatcherHandlers {
  onEvent(event: FileEvent): void;
  onError(error: unknown): void;
}
