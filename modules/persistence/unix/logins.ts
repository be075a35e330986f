import type { Entry } from '../entry.ts';
import { fileEntry } from './file-entry.ts';
import type { ConfigFile, Files } from './files.ts';
import type { Home } from './homes.ts';
import { meaningfulLines } from './lines.ts';

const SYSTEM_PROFILES = [
  '/etc/profile',
  '/etc/bash.bashrc',
  '/etc/bashrc',
  '/etc/environment',
  ...['zshenv', 'zprofile', 'zshrc', 'zlogin'].flatMap((name) => [`/etc/${name}`, `/etc/zsh/${name}`]),
];
const HOME_PROFILES = [
  '.profile',
  '.bashrc',
  '.bash_profile',
  '.bash_login',
  '.bash_logout',
  '.zshenv',
  '.zprofile',
  '.zshrc',
  '.zlogin',
  '.zlogout',
  '.kshrc',
  '.xprofile',
  '.xsession',
];
const KEY_FILES = ['.ssh/authorized_keys', '.ssh/authorized_keys2'];

/** What a login starts: profiles of shells. */
export function* listProfiles(files: Files, homes: readonly Home[]): Generator<Entry> {
  const parts = files.list('/etc/profile.d').map((name) => `/etc/profile.d/${name}`);
  for (const path of [...SYSTEM_PROFILES, ...parts]) yield* profileOf(files.read(path), '');
  for (const home of homes) {
    for (const name of HOME_PROFILES) yield* profileOf(files.read(`${home.path}/${name}`), home.user);
  }
}

function* profileOf(file: ConfigFile | undefined, user: string): Generator<Entry> {
  if (!file) return;
  const commands = meaningfulLines(file.text);
  yield fileEntry(file, { kind: 'profile', user, commands });
  const preloads = commands.flatMap((line) => /\bLD_PRELOAD=(.+)/.exec(line)?.[1] ?? []);
  if (preloads.length > 0) yield fileEntry(file, { kind: 'preload', user, commands: preloads });
}

/** The keys that may log in; their forced commands are the commands (sshd(8)). */
export function* listKeyFiles(files: Files, homes: readonly Home[]): Generator<Entry> {
  for (const { path, user } of homes) {
    for (const name of KEY_FILES) {
      const file = files.read(`${path}/${name}`);
      if (!file || meaningfulLines(file.text).length === 0) continue;
      yield fileEntry(file, { kind: 'ssh-key', user, commands: parseForcedCommands(file.text) });
    }
  }
}

export function parseForcedCommands(text: string): string[] {
  return meaningfulLines(text).flatMap((line) => {
    const quoted = /(?:^|,)command="((?:[^"\\]|\\.)*)"/i.exec(line)?.[1];
    return quoted === undefined ? [] : [quoted.replaceAll('\\"', '"')];
  });
}
