import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyFiles } from '../stack/keys.ts';
import type { People } from '../stack/seed.ts';
import { writeGnupgFolder } from './gnupg-folder.ts';

/** An investigator as MIG's programs know one: a home folder with `.migrc` and keyrings. */
export interface MigUser {
  home: string;
  migrc: string;
  gnupg: string;
  key: KeyFiles;
}

export async function createMigUser(
  people: People,
  { who, folder, apiUrl }: { who: 'bob' | 'john'; folder: string; apiUrl: string },
): Promise<MigUser> {
  const home = join(folder, who);
  const gnupg = join(home, '.gnupg');
  const migrc = join(home, '.migrc');
  const key = people[who];
  mkdirSync(home, { recursive: true, mode: 0o700 });
  await writeGnupgFolder(gnupg, { secret: key, known: Object.values(people) });
  writeMigConfiguration(migrc, { apiUrl, gnupg, keyId: key.fingerprint });
  return { home, migrc, gnupg, key };
}

/** Writes a `.migrc` as MIG's programs read it, with lines added to the section [gpg]. */
export function writeMigConfiguration(
  file: string,
  {
    apiUrl,
    gnupg,
    keyId,
    more = [],
  }: { apiUrl: string; gnupg: string; keyId: string; more?: readonly string[] },
): void {
  const lines = [
    '[api]',
    `  url = "${apiUrl}"`,
    '[gpg]',
    `  home = "${gnupg}"`,
    `  keyid = "${keyId}"`,
    // The discard service: MIG's console ignores it, and must not ask a server of the internet either.
    '  keyserver = "http://127.0.0.1:9"',
    ...more.map((line) => `  ${line}`),
    '[targets]',
    `  macro = allonline:status='online'`,
    // The name of a stack's first agent.
    `  macro = first:name='agent-1'`,
    '',
  ];
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
}
