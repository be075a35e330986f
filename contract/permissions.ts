import { z } from 'zod';

/** Permission names by bit, as stored in `investigators.permissions` (spec/acl.md#investigator-permissions). */
const BITS = [
  'search',
  'action',
  'action_create',
  'command',
  'agent',
  'dashboard',
  'loader',
  'loader_status',
  'loader_expect',
  'loader_key',
  'loader_new',
  'manifest',
  'manifest_sign',
  'manifest_new',
  'manifest_status',
  'manifest_loaders',
  'investigator',
  'investigator_create',
  'investigator_update',
] as const;
export type Permission = (typeof BITS)[number];

/** The order in which MIG writes permissions, which differs from that of the bits. */
const JSON_ORDER: readonly Permission[] = [
  ...BITS.slice(0, 13),
  'manifest_status',
  'manifest_new',
  ...BITS.slice(15),
];

export const ALL_PERMISSIONS = 2 ** BITS.length - 1;
export const DEFAULT_PERMISSIONS = 63;

/** MIG's sets of permissions by the names that its console knows, as masks (spec/acl.md#investigator-permissions). */
export const PERMISSION_SETS: Readonly<Record<string, number>> = {
  Default: DEFAULT_PERMISSIONS,
  PermLoader: 1984,
  PermManifest: 63_488,
  PermAdmin: 458_752,
};

const shape = Object.fromEntries(JSON_ORDER.map((name) => [name, z.boolean().default(false)]));
export const Permissions = z.object(shape) as unknown as z.ZodType<Record<Permission, boolean>>;

export function hasPermission(mask: number, permission: Permission): boolean {
  return (mask & permissionBit(permission)) !== 0;
}

/** The mask that has this permission alone. */
export function permissionBit(permission: Permission): number {
  return 1 << BITS.indexOf(permission);
}

export function permissionsFromMask(mask: number): Record<Permission, boolean> {
  return Object.fromEntries(JSON_ORDER.map((name) => [name, hasPermission(mask, name)])) as Record<
    Permission,
    boolean
  >;
}

export function maskFromPermissions(permissions: Record<Permission, boolean>): number {
  return BITS.reduce((mask, name, bit) => (permissions[name] ? mask | (1 << bit) : mask), 0);
}

/** The names of a mask's bits, in MIG's order. */
export function permissionNames(mask: number): Permission[] {
  return JSON_ORDER.filter((name) => hasPermission(mask, name));
}
