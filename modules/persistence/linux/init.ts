import type { Entry } from '../entry.ts';
import type { Files } from '../unix/files.ts';
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
      yield* entry(files, {
        path: `${folder}/${name}`,
        commands: meaningfulLines,
        isEnabled: started.has(name),
      });
    }
  }
  for (const path of LOCAL_SCRIPTS)
    yield* entry(files, { path, commands: meaningfulLines, isEnabled: 'executable' });
  yield* entry(files, { path: '/etc/inittab', commands: parseInittab, isEnabled: true });
  for (const name of files.list('/etc/init')) {
    if (!name.endsWith('.conf')) continue;
    yield* entry(files, { path: `/etc/init/${name}`, commands: meaningfulLines, isEnabled: true });
  }
}

interface Script {
  path: string;
  commands: (text: string) => string[];
  isEnabled: boolean | 'executable';
}

function* entry(files: Files, { path, commands, isEnabled }: Script): Generator<Entry> {
  const file = files.read(path);
  if (!file) return;
  yield {
    kind: 'init',
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    user: 'root',
    isEnabled: isEnabled === 'executable' ? file.isExecutable : isEnabled,
    commands: commands(file.text),
    mtimeMs: file.mtimeMs,
    sha256: file.sha256,
  };
}

/** `id:runlevels:action:process` (inittab(5)). */
export function parseInittab(text: string): string[] {
  return meaningfulLines(text).flatMap((line) => /^[^:]*:[^:]*:[^:]*:(.+)$/s.exec(line)?.[1] ?? []);
}
