import { errorMessage, MigError } from '../../../contract/errors.ts';
import { toTimestamp } from '../../../contract/go/time.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { runEvery } from '../../../platform/async/run-every.ts';
import { readKeyFiles } from '../../keys/key-files.ts';
import { loadSweep, verifiedOperations } from '../../sweep/load-sweep.ts';
import { signTimes, unsignedTimes } from '../../sweep/sign-ahead.ts';
import type { RunnerSweeps } from '../config/runner-config.ts';
import type { RunnerDeps } from '../service/runner-deps.ts';

/** New runs come into reach at most once a minute. */
const EVERY_MS = 60_000;

/** Signs the runs of sweeps a short time ahead, again and again. A sweep that cannot be signed stops no other. */
export function keepSweepsSigned(deps: RunnerDeps, sweeps: RunnerSweeps): AsyncDisposable {
  const problems = new Map<string, string>();
  return runEvery({
    everyMs: EVERY_MS,
    run: async (signal) => {
      for (const name of sweeps.names) {
        if (signal.aborted) return;
        try {
          await keepSigned(deps, sweeps, name);
          problems.delete(name);
        } catch (error) {
          reportOnce(deps, problems, { name, problem: errorMessage(error) });
        }
      }
    },
  });
}

/** Signs what is planned soon; returns the number of runs. */
export async function keepSigned(
  { session, log, now }: RunnerDeps,
  { keys, aheadMs }: RunnerSweeps,
  name: string,
): Promise<number> {
  const loaded = await loadSweep(session, name);
  const { keyring } = await readKeyFiles(keys);
  if (keyring.length === 0) throw new MigError('config_invalid', `${keys} has no public key`);
  const operations = await verifiedOperations(loaded, { keysOf: async () => keyring, onSigner: () => {} });
  const until = toTimestamp(new Date(now() + aheadMs).toISOString()) ?? '';
  const times = await unsignedTimes(session.api, loaded.report.id, until);
  await signTimes(session, { loaded, operations, times }, () => {});
  if (times.length > 0) {
    const message = `${countOf(times.length, 'run')} of sweep ${name} signed, until ${times.at(-1)}`;
    log({ event: 'sweep-signed', message, facts: { sweep: name, times } });
  }
  return times.length;
}

/** A problem that lasts is logged when it begins. */
function reportOnce(
  { log }: RunnerDeps,
  problems: Map<string, string>,
  { name, problem }: { name: string; problem: string },
): void {
  if (problems.get(name) === problem) return;
  problems.set(name, problem);
  log({ event: 'sweep-not-signed', level: 'error', message: `sweep ${name} not signed: ${problem}` });
}
