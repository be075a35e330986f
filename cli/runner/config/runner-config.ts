import { join } from 'node:path';
import { homeFolder } from '../../home-folder.ts';
import { loadSettings } from './settings-file.ts';

export const DEFAULT_RUNNER_CONFIG = '/etc/mig/runner.cfg';
const DEFAULT_CHECK_S = 30;
const MAX_CHECK_S = 86_400;
const MAX_DELAY_MS = 7 * 86_400_000;
const MIN_AHEAD_MS = 10 * 60_000;
const MAX_AHEAD_MS = 31 * 86_400_000;
const DEFAULT_AHEAD_MS = 86_400_000;

/** The settings of `runner.cfg` (spec/clients.md#runner). */
export interface RunnerConfig {
  folder: string;
  /** The folders of the jobs. */
  runnersFolder: string;
  pluginsFolder: string;
  /** The pause between two looks at the jobs. */
  checkMs: number;
  /** The `.migrc` of the runner. */
  clientConfig: string;
  passphrase: string | undefined;
  /** How long after the end of an action its results are fetched. */
  delayResultsMs: number;
  hasLogging: boolean;
  /** Sweeps of the platform whose runs this runner signs; undefined: none. */
  sweeps: RunnerSweeps | undefined;
}

export interface RunnerSweeps {
  names: readonly string[];
  /** A file or folder of public keys: only a sweep that one of them has signed is signed. */
  keys: string;
  /** How far ahead runs are signed. */
  aheadMs: number;
}

export function loadRunnerConfig(file: string): RunnerConfig {
  const settings = loadSettings(file, {
    runner: ['directory', 'checkdirectory'],
    client: ['clientconfpath', 'passphrase', 'delayresults'],
    logging: undefined,
    sweeps: ['names', 'keys', 'ahead'],
  });
  const folder = settings.text('runner', 'directory');
  if (folder === undefined) throw settings.refusal('runner', 'directory', 'is missing');
  const clientConfig = settings.text('client', 'clientconfpath') ?? 'default';
  return {
    folder,
    runnersFolder: join(folder, 'runners'),
    pluginsFolder: join(folder, 'plugins'),
    checkMs: 1000 * readCheckSeconds(settings),
    clientConfig: clientConfig === 'default' ? join(homeFolder(), '.migrc') : clientConfig,
    passphrase: settings.text('client', 'passphrase'),
    delayResultsMs: settings.durationMs('client', 'delayresults', { minMs: 0, maxMs: MAX_DELAY_MS }) ?? 0,
    hasLogging: settings.text('logging', 'mode') !== undefined,
    sweeps: readSweeps(settings),
  };
}

/** Without keys of its own the runner would sign whatever the platform shows it. */
function readSweeps(settings: ReturnType<typeof loadSettings>): RunnerSweeps | undefined {
  const names = (settings.text('sweeps', 'names') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const keys = settings.text('sweeps', 'keys');
  if (names.length === 0) {
    if (keys === undefined) return undefined;
    throw settings.refusal('sweeps', 'names', 'is missing: the sweeps to sign, with commas between them');
  }
  if (keys === undefined) {
    throw settings.refusal(
      'sweeps',
      'keys',
      'is missing: a file or folder with the public keys of who creates sweeps',
    );
  }
  const aheadMs = settings.durationMs('sweeps', 'ahead', { minMs: MIN_AHEAD_MS, maxMs: MAX_AHEAD_MS });
  return { names, keys, aheadMs: aheadMs ?? DEFAULT_AHEAD_MS };
}

/** MIG takes 0 as no pause at all; here it is the default. */
function readCheckSeconds(settings: ReturnType<typeof loadSettings>): number {
  const text = settings.text('runner', 'checkdirectory') ?? '0';
  if (!/^\d{1,9}$/.test(text) || Number(text) > MAX_CHECK_S) {
    const problem = `must be a number of seconds up to ${MAX_CHECK_S}, not ${JSON.stringify(text)}`;
    throw settings.refusal('runner', 'checkdirectory', problem);
  }
  return Number(text) || DEFAULT_CHECK_S;
}
