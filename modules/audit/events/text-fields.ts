const EXECVE = 1309;

/** Fields that the kernel writes as texts, hexadecimal where they would be ambiguous. All others are what they look like. */
const NAMES: ReadonlySet<string> = new Set([
  'name',
  'comm',
  'exe',
  'cwd',
  'proctitle',
  'cmd',
  'acct',
  'dir',
  'path',
  'data',
  'key',
  'ocomm',
  'old',
  'new',
  'vm',
  'grp',
  'device',
  'invalid_context',
]);

/** The arguments of a started program are texts; those of a system call are numbers. */
export function isTextField(type: number, name: string): boolean {
  return NAMES.has(name) || (type === EXECVE && /^a\d+(\[\d+\])?$/.test(name));
}
