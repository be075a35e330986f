import { expect, test } from 'vitest';
import {
  ALL_PERMISSIONS,
  DEFAULT_PERMISSIONS,
  hasPermission,
  maskFromPermissions,
  permissionNames,
  permissionsFromMask,
} from '../../../contract/permissions.ts';

test('masks and names are those of MIG', () => {
  expect(ALL_PERMISSIONS).toBe(524_287);
  expect(DEFAULT_PERMISSIONS).toBe(63);
  expect(hasPermission(4, 'action_create')).toBe(true);
  expect(hasPermission(16_384, 'manifest_status')).toBe(true);
  expect(hasPermission(8192, 'manifest_new')).toBe(true);
  expect(hasPermission(262_144, 'investigator_update')).toBe(true);
});

test('the JSON has the order of MIG, not that of the bits', () => {
  const names = Object.keys(permissionsFromMask(0));
  expect(names.slice(12, 16)).toEqual([
    'manifest_sign',
    'manifest_status',
    'manifest_new',
    'manifest_loaders',
  ]);
  for (const mask of [0, 63, 458_752, 524_287, 8192, 16_384])
    expect(maskFromPermissions(permissionsFromMask(mask))).toBe(mask);
});

test('the names of a mask are in the order of MIG', () => {
  expect(permissionNames(0)).toEqual([]);
  expect(permissionNames(8192 + 16_384 + 1)).toEqual(['search', 'manifest_status', 'manifest_new']);
});
