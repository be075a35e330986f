import { constants } from 'node:os';

/** A function of the C library, in the types of `bun:ffi`. */
interface Signature {
  args: readonly ('i32' | 'i64' | 'u64' | 'ptr')[];
  returns: 'i32' | 'i64_fast' | 'ptr';
}

/** A pointer that stays valid as long as its buffer: `Buffer.allocUnsafeSlow`, whose memory never moves. */
type Address = unknown;
type CFunction = (...args: (number | Buffer | Address)[]) => number | bigint;

/** Functions of the C library, for what the runtime does not offer. Only this file knows how they are reached. */
export interface CLibrary<Name extends string> {
  symbols: Record<Name, CFunction>;
  addressOf(buffer: Buffer): Address;
  /** Calls a function that returns -1 on failure. Throws the system's error, with a `code` such as `EPERM`. */
  call(name: Name, ...args: (number | Buffer | Address)[]): number;
}

/** The part of `bun:ffi` that is used here. */
interface ForeignFunctions {
  dlopen(library: string, symbols: Record<string, Signature>): { symbols: Record<string, CFunction> };
  ptr(buffer: Buffer): Address;
  read: { i32(address: Address): number };
}

/** The C library of each system, and its function that returns the address of `errno`. */
const LIBRARIES: Partial<Record<NodeJS.Platform, { file: string; errno: string }>> = {
  linux: { file: 'libc.so.6', errno: '__errno_location' },
  darwin: { file: 'libSystem.B.dylib', errno: '__error' },
};

/** Returns undefined where the system or the runtime does not offer the functions. */
export function openCLibrary<Name extends string>(
  functions: Record<Name, Signature>,
): CLibrary<Name> | undefined {
  const library = LIBRARIES[process.platform];
  if (library === undefined) return undefined;
  try {
    const ffi = process.getBuiltinModule('bun:ffi') as unknown as ForeignFunctions | undefined;
    if (!ffi) return undefined;
    const errno: Record<string, Signature> = { [library.errno]: { args: [], returns: 'ptr' } };
    const { symbols } = ffi.dlopen(library.file, { ...functions, ...errno });
    return {
      symbols,
      addressOf: (buffer) => ffi.ptr(buffer),
      call(name, ...args) {
        const result = Number(symbols[name]?.(...args));
        if (result >= 0) return result;
        throw systemError(name, ffi.read.i32(symbols[library.errno]?.()));
      },
    };
  } catch {
    return undefined; // The C library is missing, or the system forbids generated code.
  }
}

/** The form of the runtime's own errors. */
function systemError(call: string, errno: number): NodeJS.ErrnoException {
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`${call}: ${code}`), { code, errno, syscall: call });
}
