import { BUILT_VERSION } from '../../../dev/mig-programs/build-programs.ts';
import { PROGRAMS } from '../../../dev/mig-programs/programs.ts';
import type { Check } from '../check.ts';
import { expectOutput } from '../expect-output.ts';

export const VERSION_CHECKS: readonly Check[] = PROGRAMS.filter(
  // The loader has no such option.
  (program) => program !== 'mig-loader',
).map((program) => ({
  program,
  shows: '-V',
  what: 'prints its version',
  run: async (rig) => {
    expectOutput(await rig.run(program, ['-V']), { stdout: new RegExp(`^${BUILT_VERSION}\n$`) });
  },
}));
