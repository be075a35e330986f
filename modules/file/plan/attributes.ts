import { operatingSystem } from '../../../platform/machine/go-platform.ts';
import type { FileAttributes } from '../filesystem/file-info.ts';
import { toPermBound } from '../parameters/bounds.ts';
import type { FindAccount } from './accounts.ts';
import { refuseCheck } from './refuse-check.ts';

// Checks that MIG does not have. They mean what the same tests of `find` mean.

/** Returns undefined when the system does not know: such a file passes neither the check nor its inverse. */
export type AttributeTest = (info: FileAttributes) => boolean | undefined;

export function createOwnerTest(value: string, findAccount: FindAccount): AttributeTest {
  refuseOnWindows('owner');
  const uid = findAccount('owner', value);
  return (info) => info.uid === uid;
}

export function createGroupTest(value: string, findAccount: FindAccount): AttributeTest {
  refuseOnWindows('group');
  const gid = findAccount('group', value);
  return (info) => info.gid === gid;
}

const PERMISSION_BITS = 0o7777;

export function createPermTest(value: string): AttributeTest {
  refuseOnWindows('perm');
  const { sign, bits } = toPermBound(value);
  if (sign === '-') return ({ mode }) => (mode & bits) === bits;
  if (sign === '/') return ({ mode }) => bits === 0 || (mode & bits) !== 0;
  return ({ mode }) => (mode & PERMISSION_BITS) === bits;
}

function refuseOnWindows(what: string): void {
  if (process.platform === 'win32') throw refuseCheck(`${what}: not supported on ${operatingSystem()}`);
}
