import { type User, userNames } from '../../../platform/machine/users.ts';

export interface Home {
  path: string;
  /** The name of its user. */
  user: string;
}

/** The homes of the users of this machine, each once. */
export function homesOf(users: readonly User[]): Home[] {
  const homes = new Map<string, Home>();
  for (const { home, name } of users) {
    if (!home.startsWith('/') || home === '/' || homes.has(home)) continue;
    homes.set(home, { path: home, user: name });
  }
  return [...homes.values()];
}

/** The name of a user by id; the id itself of a user that the machine does not know. */
export function createNameOf(users: readonly User[]): (uid: number) => string {
  const names = userNames(users);
  return (uid) => names.get(uid) ?? String(uid);
}
