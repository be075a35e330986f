import { MigError } from '../contract/errors.ts';
import type { FlagKind } from '../contract/go/flags.ts';
import { shellLine, shellWord } from '../contract/text/shell-word.ts';

/** A flag that `mig` and a module both have, as it stands on a command line. */
export interface SharedFlag {
  module: string;
  name: string;
  /** The module's kind of the flag. */
  kind: FlagKind;
  /** Whether it is a switch of `mig`, which takes no value. */
  isSwitch: boolean;
  /** The text after `=`, or else the next word; undefined at the end of the line. */
  value: string | undefined;
  /** The first flag before it that only the module has; undefined when it comes before all of those. */
  after: string | undefined;
  /** The flags that only the module has. */
  own: readonly string[];
}

/**
 * Returns a line for the user when the flag is the module's and could also be the option of `mig`; undefined when its
 * value fits only the module. Refuses a flag whose value shows that it stands on the wrong side of the module's flags.
 */
export function checkShared(flag: SharedFlag): string | undefined {
  refuseMisplaced(flag);
  return ambiguityNote(flag);
}

function refuseMisplaced({ module, name, kind, isSwitch, value, after, own }: SharedFlag): void {
  const isNumber = value !== undefined && /^-?\d+(\.\d+)?$/.test(value);
  if (value === undefined || (value.startsWith('-') && !isNumber)) return;
  const isModules = kind === 'number' ? isNumber : isSwitch && kind !== 'boolean';
  if (after === undefined && isModules)
    throw new MigError(
      'usage',
      `-${name} before the flags of ${module} is the option of mig; for the flag of ${module}, write -${name} ${shellWord(value)} after one of ${own.map((flag) => `-${flag}`).join(', ')}`,
    );
  if (after !== undefined && kind === 'number' && !isNumber)
    throw new MigError(
      'usage',
      `-${name} after -${after} is the flag of ${module}, a number; for the option of mig, write it first: ${shellLine(['mig', module, `-${name}`, value])} -${after} …`,
    );
}

function ambiguityNote({ module, name, kind, isSwitch, after }: SharedFlag): string | undefined {
  const couldBeMigs = isSwitch ? kind === 'boolean' : kind === 'string' || kind === 'list';
  if (after === undefined || !couldBeMigs) return undefined;
  const option = isSwitch ? `-${name}` : `-${name} …`;
  return `-${name} after -${after} is the flag of ${module}; for the option of mig, write it first: mig ${module} ${option} -${after} …`;
}
