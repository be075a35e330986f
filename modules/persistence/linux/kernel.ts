import type { Entry } from '../entry.ts';
import { fileEntry, fileName } from '../unix/file-entry.ts';
import type { ConfigFile, Files } from '../unix/files.ts';
import { meaningfulLines } from '../unix/lines.ts';

const LOAD_FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map(
  (folder) => `${folder}/modules-load.d`,
);
const RULE_FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(
  (folder) => `${folder}/modprobe.d`,
);

/** Kernel modules that are loaded at boot, those that run a command when they are loaded, and those that are loaded now. */
export function* listKernelModules(files: Files): Generator<Entry> {
  for (const path of ['/etc/modules', ...confFiles(files, LOAD_FOLDERS)]) {
    const file = files.read(path);
    if (!file) continue;
    const names = meaningfulLines(file.text).map((line) => line.split(/\s/)[0] ?? '');
    for (const name of new Set(names)) yield moduleEntry(file, { name, commands: [] });
  }
  for (const path of confFiles(files, RULE_FOLDERS)) {
    const file = files.read(path);
    if (!file) continue;
    for (const { name, command } of parseRules(file.text))
      yield moduleEntry(file, { name, commands: [command] });
  }
  yield* loadedModules(files);
}

function confFiles(files: Files, folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    files.list(folder).flatMap((name) => (name.endsWith('.conf') ? [`${folder}/${name}`] : [])),
  );
}

function* loadedModules(files: Files): Generator<Entry> {
  const file = files.read('/proc/modules');
  if (!file) return;
  for (const line of meaningfulLines(file.text)) {
    const entry = moduleEntry(file, { name: line.split(' ')[0] ?? '', commands: [] });
    yield { ...entry, mtimeMs: undefined, sha256: () => '' };
  }
}

/** `install <module> <command>` runs the command instead of loading (modprobe.d(5)). */
export function parseRules(text: string): { name: string; command: string }[] {
  return meaningfulLines(text.replace(/\\\n/g, ' ')).flatMap((line) => {
    const [, name, command] = /^(?:install|remove)\s+(\S+)\s+(.+)$/s.exec(line) ?? [];
    return name === undefined || command === undefined ? [] : [{ name, command }];
  });
}

/** The libraries that every program loads (ld.so(8)): separated by blanks or colons. */
export function* listPreloads(files: Files): Generator<Entry> {
  const file = files.read('/etc/ld.so.preload');
  if (!file) return;
  const libraries = meaningfulLines(file.text).flatMap((line) => line.split(/[\s:]+/));
  for (const library of libraries.filter((path) => path !== '')) {
    yield fileEntry(file, { kind: 'preload', name: fileName(library), user: 'root', commands: [library] });
  }
}

function moduleEntry(file: ConfigFile, facts: { name: string; commands: string[] }): Entry {
  return fileEntry(file, { kind: 'kernel-module', user: 'root', ...facts });
}
