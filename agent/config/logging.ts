import { MigError } from '../../contract/errors.ts';
import type { Settings } from './sources.ts';
import { invalid, parseLevel, parseNumber } from './values.ts';

export interface LogSettings {
  logLevel: string;
  /** A file of bounded size, with one older file of the same size; undefined to log to stdout. */
  logFile: { path: string; maxBytes: number } | undefined;
}

/** MIG's `[logging]`: `stdout`, or `file` with a limit. MIG's other modes log to stdout, for the service manager. */
export function readLogSettings({ get }: Settings): LogSettings {
  return {
    logLevel: parseLevel('[logging] level', get('logging', 'level') ?? 'info'),
    logFile: readLogFile(get),
  };
}

function readLogFile(get: Settings['get']): LogSettings['logFile'] {
  const mode = get('logging', 'mode') ?? 'stdout';
  if (!['stdout', 'file', 'syslog', ''].includes(mode)) {
    throw invalid('[logging] mode', mode, 'is not stdout, file or syslog');
  }
  if (mode !== 'file') return undefined;
  const path = get('logging', 'file');
  if (!path) throw new MigError('config_invalid', '[logging] mode = file needs file = PATH');
  const maxBytes = parseNumber('maxfilesize', get('logging', 'maxfilesize') ?? '10485760', {
    min: 4096,
    max: 2 ** 32,
  });
  return { path, maxBytes };
}
