import { MigError } from '../../contract/errors.ts';
import {
  ALL_PERMISSIONS,
  maskFromPermissions,
  PERMISSION_SETS,
  type Permission,
  permissionBit,
  permissionNames,
} from '../../contract/permissions.ts';
import { didYouMean } from '../../contract/text/closest.ts';

const NAMES = permissionNames(ALL_PERMISSIONS);
/** Every word that stands for permissions. */
export const PERMISSION_WORDS: readonly string[] = [...Object.keys(PERMISSION_SETS), 'all', ...NAMES];

/** The mask of a list of permissions and of MIG's sets, with commas or spaces between them. Sets may be in any case. */
export function parsePermissionWords(flag: string, text: string): number {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0) throw new MigError('usage', `${flag} names no permission`);
  return words.reduce((mask, word) => mask | maskOf(flag, word), 0);
}

/** The sets of a mask as MIG's console names them, such as `Default, PermAdmin (partial)`; `none` for an empty one. */
export function describeSets(mask: number): string {
  const sets = Object.entries(PERMISSION_SETS).flatMap(([name, set]) => {
    if ((mask & set) === 0) return [];
    return [(mask & set) === set ? name : `${name} (partial)`];
  });
  return sets.length === 0 ? 'none' : sets.join(', ');
}

/** The mask of permissions in a record. */
export function maskOfRecord({ permissions }: { permissions: Record<Permission, boolean> }): number {
  return maskFromPermissions(permissions);
}

function maskOf(flag: string, word: string): number {
  const name = NAMES.find((one) => one === word.toLowerCase());
  if (name !== undefined) return permissionBit(name);
  if (word.toLowerCase() === 'all') return ALL_PERMISSIONS;
  const set = Object.entries(PERMISSION_SETS).find(([one]) => one.toLowerCase() === word.toLowerCase());
  if (set !== undefined) return set[1];
  throw new MigError(
    'usage',
    `${flag}: there is no permission ${JSON.stringify(word)}${didYouMean(word, PERMISSION_WORDS)}; there are ${PERMISSION_WORDS.join(', ')}`,
  );
}
