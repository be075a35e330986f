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
  /** The identity of the machine that this disk was copied from, if it was. */
  clonedFrom: string | undefined;
  /** The copy was noticed just now. */
  isNewClone: boolean;
  damages: Damage[];
}

/** A file of the identity that is damaged, or was and is still kept. */
interface Damage {
  file: string;
  text: string;
  /** It was noticed just now. */
  isNew: boolean;
}

/**
 * The agent's queue, `<os>.<hostname>.<uid>` (concepts.rst#randomization-of-the-queue-names), chosen at first start and
 * kept whole, so that a renamed host keeps its queue. The uid is the time in nanoseconds and 128 random bits. It is
 * bound to the machine: on a copy of its disk it is not used, for two machines on one queue would answer for each
 * other. One that is bound to no machine yet, as MIG's agent leaves it, is taken over as it is.
 *
 * A damaged file does not end the agent: nobody can repair an endpoint from afar without it. The binding names the
 * identity, too; where it is damaged as well, the endpoint gets a new one.
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
  const files = {
    own: join(stateDir, IDENTITY_FILE),
    binding: join(stateDir, BINDING_FILE),
    migs: join(runDir, IDENTITY_FILE),
  };
  const bound = readBinding(files.binding);
  const own = orCutOff(readIdentity(files.own), bound.value);
  const migs = own.value === undefined && files.migs !== files.own ? readIdentity(files.migs) : {};
  const restored = own.damage === undefined ? undefined : bound.value?.queueloc;
  const known = own.value ?? restored ?? migs.value;
  const binding = bound.value?.queueloc === known ? bound.value : undefined;
  const isClone = binding !== undefined && isOtherMachine(binding.machine, machine);
  const queueloc = known === undefined || isClone ? newQueueloc(name) : known;
  const clonedFrom = isClone ? known : binding?.clonedFrom;
  let became = `the identity was read from ${restored === undefined ? files.migs : files.binding}`;
  if (queueloc !== known) became = isClone ? IS_NEW : `${IS_NEW}; ${OLD_ONE}`;
  const damages = [
    ...keepDamage(files.own, own, became),
    ...(files.migs === files.own ? [] : keepDamage(files.migs, migs, became)),
    ...keepDamage(files.binding, bound, IS_BOUND),
  ];
  // The identity first: cut off in between, a copy has a new one that is bound to nothing yet.
  if (queueloc !== own.value) replaceFile(files.own, queueloc);
  const next: Binding = { queueloc, machine: isClone ? machine : { ...machine, ...binding?.machine } };
  if (clonedFrom !== undefined) next.clonedFrom = clonedFrom;
  if (JSON.stringify(next) !== JSON.stringify(binding)) replaceFile(files.binding, JSON.stringify(next));
  return { queueloc, clonedFrom, isNewClone: isClone, damages };
}

const IS_NEW = 'the machine has a new identity';
const OLD_ONE = 'for the old one, stop the agent and write the queueloc of the old record into the file';
const IS_BOUND =
  "the identity was bound to this machine anew; if this disk is a copy of another machine's, stop the agent and move both files away";

/** Says in log, report, status and record what became of the identity: at once what was noticed just now. */
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

function newQueueloc(name: string): string {
  const nanoseconds = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
  const random = BigInt(`0x${randomBytes(16).toString('hex')}`);
  const host = name.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 100);
  return `${operatingSystem()}.${host}.${nanoseconds.toString(36)}${random.toString(36).padStart(25, '0')}`;
}

/** What remains of an identity may be one by its form. */
function orCutOff(own: Contents<string>, binding: Binding | undefined): Contents<string> {
  const { value } = own;
  if (value === undefined || binding === undefined || value === binding.queueloc) return own;
  return binding.queueloc.startsWith(value) ? { damage: 'it is cut off' } : own;
}

/** The notice is over once the owner has removed what was kept. */
function keepDamage(file: string, { damage }: Contents<unknown>, whatIsNow: string): Damage[] {
  const kept = damagedName(file);
  const remedy = `remove ${kept}, where its content is kept, to end this notice`;
  if (damage !== undefined) {
    keepDamaged(file);
    return [{ file, text: `${file} was damaged (${damage}): ${whatIsNow}; ${remedy}`, isNew: true }];
  }
  return existsSync(kept) ? [{ file, text: `${file} was damaged once; ${remedy}`, isNew: false }] : [];
}
