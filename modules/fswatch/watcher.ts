import { MigError } from '../../contract/errors.ts';
import { openRuntimeWatcher } from './darwin.ts';
import type { FileWatcher, WatcherHandlers } from './file-events.ts';
import { openInotifyWatcher } from './linux.ts';

/** Opens the system's watcher. Throws where there is none. */
export function openWatcher(handlers: WatcherHandlers): FileWatcher {
  switch (process.platform) {
    case 'linux': {
      const watcher = openInotifyWatcher(handlers);
      if (!watcher) throw new MigError('unavailable', 'this system does not report changes of files');
      return watcher;
    }
    case 'darwin':
      return openRuntimeWatcher(handlers);
    default:
      throw new MigError('unavailable', 'fswatch module not supported on windows');
  }
}
