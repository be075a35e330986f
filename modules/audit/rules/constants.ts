import { arch } from 'node:os';

// Numbers of the kernel's interface (include/uapi/linux/audit.h).

export const FIELDS: Readonly<Record<string, number>> = {
  pid: 0,
  uid: 1,
  euid: 2,
  suid: 3,
  fsuid: 4,
  gid: 5,
  egid: 6,
  sgid: 7,
  fsgid: 8,
  auid: 9,
  loginuid: 9,
  pers: 10,
  arch: 11,
  msgtype: 12,
  subj_user: 13,
  subj_role: 14,
  subj_type: 15,
  subj_sen: 16,
  subj_clr: 17,
  ppid: 18,
  obj_user: 19,
  obj_role: 20,
  obj_type: 21,
  obj_lev_low: 22,
  obj_lev_high: 23,
  sessionid: 25,
  fstype: 26,
  devmajor: 100,
  devminor: 101,
  inode: 102,
  exit: 103,
  success: 104,
  path: 105,
  perm: 106,
  dir: 107,
  filetype: 108,
  obj_uid: 109,
  obj_gid: 110,
  exe: 112,
  saddr_fam: 113,
  a0: 200,
  a1: 201,
  a2: 202,
  a3: 203,
  key: 210,
};

/** Fields whose value is a text behind the numbers of the rule. */
export const TEXT_FIELDS: ReadonlySet<string> = new Set([
  'subj_user',
  'subj_role',
  'subj_type',
  'subj_sen',
  'subj_clr',
  'obj_user',
  'obj_role',
  'obj_type',
  'obj_lev_low',
  'obj_lev_high',
  'path',
  'dir',
  'exe',
  'key',
]);

const EQUAL = 0x40000000;
const NOT_EQUAL = 0x30000000;
const LESS = 0x10000000;
const LESS_OR_EQUAL = 0x50000000;
const GREATER = 0x20000000;
const GREATER_OR_EQUAL = 0x60000000;
const BIT_MASK = 0x08000000;
const BIT_TEST = 0x48000000;

export const OPERATORS: Readonly<Record<string, number>> = {
  '=': EQUAL,
  eq: EQUAL,
  '!=': NOT_EQUAL,
  nt_eq: NOT_EQUAL,
  ne: NOT_EQUAL,
  '<': LESS,
  lt: LESS,
  '<=': LESS_OR_EQUAL,
  le: LESS_OR_EQUAL,
  lt_or_eq: LESS_OR_EQUAL,
  '>': GREATER,
  gt: GREATER,
  '>=': GREATER_OR_EQUAL,
  ge: GREATER_OR_EQUAL,
  gt_or_eq: GREATER_OR_EQUAL,
  '&': BIT_MASK,
  and: BIT_MASK,
  '&=': BIT_TEST,
  and_eq: BIT_TEST,
};
export const OP_EQUAL = EQUAL;

export const ACTIONS: Readonly<Record<string, number>> = { never: 0, possible: 1, always: 2 };
/** `entry` is an old word for `exit`. */
export const FILTERS: Readonly<Record<string, number>> = { user: 0, task: 1, entry: 4, exit: 4, exclude: 5 };

export const PERMISSIONS: Readonly<Record<string, number>> = { x: 1, w: 2, r: 4, a: 8 };

/** The `S_IFMT` part of a mode. */
export const FILE_TYPES: Readonly<Record<string, number>> = {
  file: 0o100000,
  dir: 0o040000,
  socket: 0o140000,
  link: 0o120000,
  symlink: 0o120000,
  character: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
};

/** `AUDIT_ARCH_*`: the ELF machine, with bits for 64 bits and little endian. */
const ARCHITECTURES: Readonly<Record<string, number>> = {
  x86_64: 0xc000003e,
  i386: 0x40000003,
  aarch64: 0xc00000b7,
  arm: 0x40000028,
};
const OWN: Readonly<Record<string, { b64: string; b32: string }>> = {
  x64: { b64: 'x86_64', b32: 'i386' },
  arm64: { b64: 'aarch64', b32: 'arm' },
};

/** The number of an architecture by its name, `b64` or `b32` included. */
export function architectureOf(name: string, machine: string = arch()): number | undefined {
  const own = OWN[machine];
  const full = name === 'b64' || name === 'b32' ? own?.[name] : name;
  return full !== undefined && Object.hasOwn(ARCHITECTURES, full) ? ARCHITECTURES[full] : undefined;
}
