import { MigError } from '../../contract/errors.ts';
import { operatingSystem } from '../../platform/machine/go-platform.ts';
import { createDarwin } from './darwin.ts';
import { createLinux } from './linux.ts';
import type { System } from './tables.ts';
import { createWindows } from './windows.ts';

/** The longest that a program of the system may take to print a table. */
const PROGRAM_TIMEOUT_MS = 60_000;

/** Programs of the system must end before `endsAtMs`. Throws MigError where the module does not work. */
export function createSystem({ namespaces, endsAtMs }: { namespaces: boolean; endsAtMs: number }): System {
  const os = operatingSystem();
  const timeoutMs = Math.min(PROGRAM_TIMEOUT_MS, endsAtMs - performance.now());
  const ignored = namespaces ? [`namespaces are not supported on ${os}`] : [];
  switch (os) {
    case 'linux':
      return createLinux({ namespaces });
    case 'darwin':
      return { ...createDarwin({ timeoutMs }), errors: ignored };
    case 'windows':
      return { ...createWindows({ timeoutMs }), errors: ignored };
    default:
      throw new MigError('unavailable', `netstat is not supported on ${os}`);
  }
}
