import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { definePersistent } from '../define-persistent.ts';
import { defaultEntries, parseEntry } from './entries.ts';
import { hashFile } from './hash-file.ts';
import { HashQueue } from './hash-queue.ts';
import { Monitor } from './monitor.ts';
import { Config } from './schema.ts';
import { openWatcher } from './watcher.ts';

/** MIG waits 0 to 9 whole seconds, so that the writer of a file can finish. */
const MAX_DELAY_SECONDS = 10;

/** Watches files, and raises alerts (spec/modules/fswatch.md#watching). */
export const fswatchPersistent = definePersistent({
  config: Config,
  async start({ Paths: { Path } }, { host }) {
    const isConfigured = Path.length > 0;
    const entries = isConfigured ? Path.map(parseEntry) : defaultEntries(process.platform);
    const monitor = new Monitor(entries, {
      host,
      isConfigured,
      watcher: openWatcher({ onEvent: (event) => monitor.handle(event), onError: host.fail }),
      hashes: new HashQueue({ hash: hashFile, onHash: (path, hash) => monitor.compare(path, hash) }),
      delayMs: () => Math.floor(Math.random() * MAX_DELAY_SECONDS) * 1000,
      now: () => performance.now(),
    });
    monitor.start();
    return {};
  },
  answer: () => ({ ...EMPTY_RESULT, foundanything: true, success: true, elements: { ok: true } }),
});
