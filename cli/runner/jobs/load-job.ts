import { join } from 'node:path';
import type { Action } from '../../../contract/action.ts';
import { errorMessage, MigError } from '../../../contract/errors.ts';
import { loadSettings } from '../config/settings-file.ts';
import { prepareRun } from '../launch/sign-run.ts';
import { findPlugin } from '../plugins/find-plugin.ts';
import { parseSchedule, type Schedule } from '../schedule/parse-schedule.ts';
import { loadJobAction } from './job-action.ts';

/** A job: a folder with `entity.cfg` and `action.json` (spec/clients.md#runner). */
export interface Job {
  name: string;
  folder: string;
  schedule: Schedule;
  /** The name of the plugin; empty for none. */
  plugin: string;
  pluginTimeoutMs: number;
  /** How long a run is valid, as Go's duration text. */
  expiry: string;
  /** Whether the runner leaves the results to others. */
  isSendOnly: boolean;
}

const DEFAULT_EXPIRY = '5m';
const EXPIRY_RANGE = { minMs: 1_000, maxMs: 366 * 86_400_000 };
export const DEFAULT_PLUGIN_TIMEOUT_MS = 30 * 60_000;
const TIMEOUT_RANGE = { minMs: 1_000, maxMs: 7 * 86_400_000 };

/** Reads a job, its action and its schedule. Every refusal names the file, and the line where there is one. */
export function loadJob(
  { name, folder }: Pick<Job, 'name' | 'folder'>,
  { pluginsFolder, nowMs }: { pluginsFolder: string; nowMs: number },
): Job {
  const settings = loadSettings(join(folder, 'entity.cfg'), {
    configuration: ['schedule', 'plugin', 'plugintimeout', 'expiry', 'sendonly'],
  });
  const refusal = (key: string, problem: string) => settings.refusal('configuration', key, problem);
  const schedule = settings.text('configuration', 'schedule');
  if (schedule === undefined) throw refusal('schedule', 'is missing');
  settings.durationMs('configuration', 'expiry', EXPIRY_RANGE);
  const plugin = settings.text('configuration', 'plugin') ?? '';
  const job: Job = {
    name,
    folder,
    schedule: naming(
      () => parseSchedule(schedule, nowMs),
      (problem) => refusal('schedule', problem),
    ),
    plugin,
    pluginTimeoutMs:
      settings.durationMs('configuration', 'plugintimeout', TIMEOUT_RANGE) ?? DEFAULT_PLUGIN_TIMEOUT_MS,
    expiry: settings.text('configuration', 'expiry') ?? DEFAULT_EXPIRY,
    isSendOnly: settings.isOn('configuration', 'sendonly'),
  };
  if (plugin !== '')
    naming(
      () => findPlugin(pluginsFolder, plugin),
      (problem) => refusal('plugin', `cannot be used: ${problem}`),
    );
  const action = actionOf(job);
  naming(
    () => prepareRun(action, { ...job, nowMs }),
    (problem) => new MigError('config_invalid', `${join(folder, 'action.json')}: ${problem}`),
  );
  return job;
}

/** The action of a job as it is on the disk now: an edit counts from the next run on. */
export function actionOf({ folder }: Pick<Job, 'folder'>): Action {
  return loadJobAction(join(folder, 'action.json'));
}

function naming<T>(read: () => T, refusal: (problem: string) => Error): T {
  try {
    return read();
  } catch (error) {
    throw refusal(errorMessage(error));
  }
}
