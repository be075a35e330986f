import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { operatingSystem } from '../../platform/machine/go-platform.ts';
import { BINDING_FILE, IDENTITY_FILE } from '../config/folders.ts';
import { isOtherMachine, type Machine } from '../environment/machine.ts';
import {
  type Binding,
  type Contents,
  damagedName,
  keepDamaged,
  readBinding,
  readIdentity,
  replaceFile,
} from './identity-files.ts';
import type { Notices } from './notices.ts';

export interface Identity {
  queueloc: string;
  /** The identity of the machine that this disk was copied from, if any. */
  clonedFrom: string | undefined;
  /** True if this start detected the copy. */
  isNewClone: boolean;
  damages: Damage[];
}

/** A file of the identity that is damaged now, or whose damaged version is still kept. */
interface Damage {
  file: string;
  text: string;
  /** True if this start detected the damage. */
  isNew: boolean;
}

interface IdentityFiles {
  own: string;
  binding: string;
  /** The file of MIG's agent, which on some systems is elsewhere. */
  migs: string;
}

/**
 * Loads the agent's identity, `<os>.<hostname>.<uid>` (concepts.rst#randomization-of-the-queue-names). The first start
 * creates it, and it never changes: a renamed host keeps its queue. It is bound to the machine: a copy of the disk gets a new
 * one, because two machines on one queue would answer for each other. An identity without a binding, as MIG's agent writes
 * it, is adopted.
 *
 * A damaged file does not end the agent: without the agent nobody can repair the endpoint remotely. The binding repeats
 * the identity; if both are damaged, the endpoint gets a new one.
 */
export function loadIdentity({
  stateDir,
  runDir,
  name,
  machine,
}: {
  stateDir: string;
  runDir: string;
  name: string;
  machine: Machine;
}): Identity {
  mkdirSync(stateDir, { recursive: true, mode: 0o711 });
  const files: IdentityFiles = {
    own: join(stateDir, IDENTITY_FILE),
    binding: join(stateDir, BINDING_FILE),
    migs: join(runDir, IDENTITY_FILE),
  };
  const stored = readStored(files);
  const { own, bound } = stored;
  const known = knownIdentity(stored);
  const binding = bound.value?.queueloc === known ? bound.value : undefined;
  const isClone = binding !== undefined && isOtherMachine(binding.machine, machine);
  const queueloc = known === undefined || isClone ? newQueueloc(name) : known;
  const clonedFrom = isClone ? known : binding?.clonedFrom;
  const damages = keepDamages(
    files,
    stored,
    describeOrigin(files, { stored, isKept: queueloc === known, isClone }),
  );
  // The identity is written first: after a crash in between, a copy has a new identity without a binding.
  if (queueloc !== own.value) replaceFile(files.own, queueloc);
  const next: Binding = { queueloc, machine: isClone ? machine : { ...machine, ...binding?.machine } };
  if (clonedFrom !== undefined) next.clonedFrom = clonedFrom;
  if (JSON.stringify(next) !== JSON.stringify(binding)) replaceFile(files.binding, JSON.stringify(next));
  return { queueloc, clonedFrom, isNewClone: isClone, damages };
}

interface Stored {
  own: Contents<string>;
  bound: Contents<Binding>;
  migs: Contents<string>;
}

function readStored(files: IdentityFiles): Stored {
  const bound = readBinding(files.binding);
  const own = detectCutOff(readIdentity(files.own), bound.value);
  const migs = own.value === undefined && files.migs !== files.own ? readIdentity(files.migs) : {};
  return { own, bound, migs };
}

/** A truncated identity may still have a valid form: then the identity in the binding begins with it. */
function detectCutOff(own: Contents<string>, binding: Binding | undefined): Contents<string> {
  const { value } = own;
  if (value === undefined || binding === undefined || value === binding.queueloc) return own;
  return binding.queueloc.startsWith(value) ? { damage: 'it is cut off' } : own;
}

function knownIdentity(stored: Stored): string | undefined {
  return stored.own.value ?? restoredIdentity(stored) ?? stored.migs.value;
}

/** The identity in the binding only replaces a damaged file: a missing file was removed on purpose. */
function restoredIdentity({ own, bound }: Stored): string | undefined {
  return own.damage === undefined ? undefined : bound.value?.queueloc;
}

const IS_NEW = 'the machine has a new identity';
const OLD_ONE = 'for the old one, stop the agent and write the queueloc of the old record into the file';
const IS_BOUND =
  "the identity was bound to this machine anew; if this disk is a copy of another machine's, stop the agent and move both files away";

function describeOrigin(
  files: IdentityFiles,
  { stored, isKept, isClone }: { stored: Stored; isKept: boolean; isClone: boolean },
): string {
  if (isClone) return IS_NEW;
  if (!isKept) return `${IS_NEW}; ${OLD_ONE}`;
  return `the identity was read from ${restoredIdentity(stored) === undefined ? files.migs : files.binding}`;
}

function keepDamages(files: IdentityFiles, { own, bound, migs }: Stored, origin: string): Damage[] {
  return [
    ...keepDamage(files.own, own, origin),
    ...(files.migs === files.own ? [] : keepDamage(files.migs, migs, origin)),
    ...keepDamage(files.binding, bound, IS_BOUND),
  ];
}

/** Keeps a damaged file under a second name. The notice lasts until the owner removes that. */
function keepDamage(file: string, { damage }: Contents<unknown>, remedyTaken: string): Damage[] {
  const kept = damagedName(file);
  const remedy = `remove ${kept}, where its content is kept, to end this notice`;
  if (damage !== undefined) {
    keepDamaged(file);
    return [{ file, text: `${file} was damaged (${damage}): ${remedyTaken}; ${remedy}`, isNew: true }];
  }
  return existsSync(kept) ? [{ file, text: `${file} was damaged once; ${remedy}`, isNew: false }] : [];
}

/** Returns an identity whose uid is the time in nanoseconds and 128 random bits. */
function newQueueloc(name: string): string {
  const nanoseconds = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
  const random = BigInt(`0x${randomBytes(16).toString('hex')}`);
  const host = name.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 100);
  return `${operatingSystem()}.${host}.${nanoseconds.toString(36)}${random.toString(36).padStart(25, '0')}`;
}

/** Raises notices about copied disks and damaged files. Known ones are neither logged nor reported again. */
export function noteIdentity({ clonedFrom, isNewClone, damages }: Identity, notices: Notices): void {
  if (clonedFrom !== undefined) {
    const text = `this disk is a copy of another machine's, whose identity is ${clonedFrom}; this machine has one of its own`;
    if (isNewClone) notices.raise('identity', text);
    else notices.note('identity', text);
  }
  for (const { file, text, isNew } of damages) {
    if (isNew) notices.raise(`damaged ${file}`, text);
    else notices.note(`damaged ${file}`, text);
  }
}
