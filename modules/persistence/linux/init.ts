import type { Entry } from '../entry.ts';
import { fileEntry } from '../unix/file-entry.ts';
import type { ConfigFile, Files } from '../unix/files.ts';
import { meaningfulLines } from '../unix/lines.ts';

const SCRIPT_FOLDERS = ['/etc/init.d', '/etc/rc.d/init.d'];
const RUN_LEVELS = ['S', '1', '2', '3', '4', '5'].flatMap((level) => [
  `/etc/rc${level}.d`,
  `/etc/rc.d/rc${level}.d`,
]);
const LOCAL_SCRIPTS = ['/etc/rc.local', '/etc/rc.d/rc.local'];

/** Scripts of System V init, `rc.local`, `inittab` and jobs of upstart. */
export function* listInitScripts(files: Files): Generator<Entry> {
  const started = new Set(
    RUN_LEVELS.flatMap((folder) => files.list(folder)).flatMap((name) => /^S\d\d(.+)$/.exec(name)?.[1] ?? []),
  );
  for (const folder of SCRIPT_FOLDERS) {
    for (const name of files.list(folder)) {
      yield* entriesOf(files.read(`${folder}/${name}`), ({ text }) => ({
        commands: meaningfulLines(text),
        isEnabled: started.has(name),
      }));
    }
  }
  for (const path of LOCAL_SCRIPTS) {
    yield* entriesOf(files.read(path), ({ text, isExecutable }) => ({
      commands: meaningfulLines(text),
      isEnabled: isExecutable,
    }));
  }
  yield* entriesOf(files.read('/etc/inittab'), ({ text }) => ({ commands: parseInittab(text) }));
  for (const name of files.list('/etc/init').filter((file) => file.endsWith('.conf'))) {
    yield* entriesOf(files.read(`/etc/init/${name}`), ({ text }) => ({ commands: meaningfulLines(text) }));
  }
}

/** One entry; none for a file that cannot be read. */
function* entriesOf(
  file: ConfigFile | undefined,
  factsOf: (file: ConfigFile) => { commands: string[]; isEnabled?: boolean },
): Generator<Entry> {
  if (file) yield fileEntry(file, { kind: 'init', user: 'root', ...factsOf(file) });
}

/** `id:runlevels:action:process` (inittab(5)). */
export function parseInittab(text: string): string[] {
  return meaningfulLines(text).flatMap((line) => /^[^:]*:[^:]*:[^:]*:(.+)$/s.exec(line)?.[1] ?? []);
}
