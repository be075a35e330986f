import type { Program } from '../../dev/mig-programs/programs.ts';
import type { Rig } from './rig.ts';

/** What one of MIG's programs, as it is, must be able to do with our platform. */
export interface Check {
  program: Program;
  /** The option, order or file of MIG that it shows, as `spec/clients.md` names it. */
  shows: string;
  /** A sentence about what holds. */
  what: string;
  /** Throws an error that names the difference. */
  run: (rig: Rig) => Promise<void>;
  /** Why it fails with MIG's own platform, too. */
  fault?: MigFault;
}

/** A fault in MIG's own program, which no platform can mend. */
export interface MigFault {
  /** The file in MIG's source, and what of it. */
  place: string;
  because: string;
  /** What the check says while the fault is there. */
  symptom: RegExp;
}
