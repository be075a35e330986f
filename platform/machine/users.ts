import { readStart } from './read-start.ts';

/** A user of `/etc/passwd` (passwd(5)). */
export interface User {
  name: string;
  uid: number;
  home: string;
}

/** More than any system needs. Users of a directory service are not in the file. */
const MAX_BYTES = 8 * 1024 * 1024;

export const USERS_FILE = '/etc/passwd';

interface UserList {
  users: User[];
  /** The code of the error when the file cannot be read; there are no users then. */
  unreadCode?: string;
}

/** The users of this machine. */
export function readUsers(file = USERS_FILE): UserList {
  try {
    return { users: parseUsers(readStart(file, MAX_BYTES).toString('utf8')) };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return { users: [], unreadCode: code };
  }
}

export function parseUsers(text: string): User[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', , , home = ''] = line.split(':');
    return name !== '' && /^\d{1,10}$/.test(uid) ? [{ name, uid: Number(uid), home }] : [];
  });
}

/** The names of users by id, of which the first one counts, as for `ls` and `ps`. */
export function userNames(users: readonly User[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const { uid, name } of users) if (!names.has(uid)) names.set(uid, name);
  return names;
}
