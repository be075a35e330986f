import { errorMessage } from '../../../contract/errors.ts';
import { goErrno } from '../../../contract/go/errno.ts';
import { type AccountIds, readAccountIds } from '../../../platform/machine/account-ids.ts';
import type { Tally } from '../tally.ts';

type AccountKind = 'owner' | 'group';

/** Returns the number of a user or group of this endpoint; undefined when it has none of this name. */
export type FindAccount = (kind: AccountKind, nameOrNumber: string) => number | undefined;

const FILES: Record<AccountKind, string> = { owner: '/etc/passwd', group: '/etc/group' };

/** Reads each file once, on first use. A name comes before a number, as for `find`. Unknown names are reported. */
export function createFindAccount(tally: Tally): FindAccount {
  const known = new Map<AccountKind, AccountIds>();
  return (kind, value) => {
    const ids = known.get(kind) ?? readIds(kind, tally);
    known.set(kind, ids);
    const id = ids.get(value) ?? toNumber(value);
    if (id === undefined) {
      tally.remark(
        `-${kind} ${value}: ${FILES[kind]} of this endpoint has no such name, so no file is taken as theirs; accounts of directory services need their number`,
      );
    }
    return id;
  };
}

function toNumber(value: string): number | undefined {
  return /^[0-9]+$/.test(value) ? Number(value) : undefined;
}

function readIds(kind: AccountKind, tally: Tally): AccountIds {
  try {
    return readAccountIds(FILES[kind]);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === undefined ? errorMessage(error) : goErrno(error);
    tally.remark(`-${kind}: ${FILES[kind]}: ${why}`);
    return new Map();
  }
}
