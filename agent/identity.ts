import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isQueueloc } from '../contract/names.ts';
import { operatingSystem } from '../modules/go-platform.ts';
import { isOtherMachine, type Machine } from './environment/machine.ts';

export const IDENTITY_FILE = '.migagtid';
/** Which machine the identity belongs to; beside it, because the identity file is MIG's. */
export const BINDING_FILE = '.migagtid.machine';

export interface Identity {
  queueloc: string;
  /** The identity of the machine that this disk was copied from, if it was. */
  clonedFrom: string | undefined;
  /** The copy was noticed just now. */
  isNewClone: boolean;
}

interface Binding {
  queueloc: string;
  machine: Machine;
  clonedFrom?: string;
}

/** MIG keeps a uid alone in its file; its agent's queue is `<os>.<uid>`. */
const MIG_UID = /^[0-9a-zA-Z]{80,200}$/;

/**
 * The agent's queue, `<os>.<hostname>.<uid>` (concepts: randomization of the queue names), chosen at first start and
 * kept whole, so that a renamed host keeps its queue. The uid is the time in nanoseconds and 128 random bits. It is bound
 * to the machine: on a copy of its disk it is not used, for two machines on one queue would answer for each other. One
 * that is bound to no machine yet, as MIG's agent leaves it, is taken over as it is.
 */
export function loadIdentity({
  stateDir,
  runDir,
  name,
  machine,
}: {
  stateDir: string;
  /** Where MIG's agent keeps its own on some systems. */
  runDir: string;
  name: string;
  machine: Machine;
}): Identity {
  mkdirSync(stateDir, { recursive: true, mode: 0o711 });
  const file = join(stateDir, IDENTITY_FILE);
  const own = readQueueloc(file);
  const known = own ?? readQueueloc(join(runDir, IDENTITY_FILE));
  const binding = known === undefined ? undefined : readBinding(stateDir, known);
  const isClone = binding !== undefined && isOtherMachine(binding.machine, machine);
  const queueloc = known === undefined || isClone ? newQueueloc(name) : known;
  const clonedFrom = isClone ? known : binding?.clonedFrom;
  // The identity first: cut off in between, a copy has a new one that is bound to nothing yet.
  if (queueloc !== own) replaceFile(file, queueloc);
  const bound: Binding = {
    queueloc,
    machine: isClone ? machine : { ...machine, ...binding?.machine },
    ...(clonedFrom === undefined ? {} : { clonedFrom }),
  };
  if (JSON.stringify(bound) !== JSON.stringify(binding)) {
    replaceFile(join(stateDir, BINDING_FILE), JSON.stringify(bound));
  }
  return { queueloc, clonedFrom, isNewClone: isClone };
}

function newQueueloc(name: string): string {
  const nanoseconds = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
  const random = BigInt(`0x${randomBytes(16).toString('hex')}`);
  const host = name.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 100);
  return `${operatingSystem()}.${host}.${nanoseconds.toString(36)}${random.toString(36).padStart(25, '0')}`;
}

function readQueueloc(file: string): string | undefined {
  const text = readIfThere(file)?.trim();
  if (text === undefined) return undefined;
  if (MIG_UID.test(text)) return `${operatingSystem()}.${text}`;
  return isQueueloc(text) ? text : undefined;
}

/** Undefined when nothing binds this identity. */
function readBinding(stateDir: string, queueloc: string): Binding | undefined {
  try {
    const binding = JSON.parse(readIfThere(join(stateDir, BINDING_FILE)) ?? 'null') as Binding | null;
    return binding?.queueloc === queueloc && typeof binding.machine === 'object' ? binding : undefined;
  } catch {
    return undefined; // cut off by a power failure: bound again
  }
}

/** Throws what is not "there is none": an identity that cannot be read at the moment must not be replaced. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined;
    throw error;
  }
}

function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o400 });
  renameSync(`${file}.new`, file);
}
