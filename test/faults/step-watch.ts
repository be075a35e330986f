import pg from 'pg';
import type { UpgradeStep } from '../../contract/rules/upgrade-protocol.ts';
import { createDeferred, type Deferred } from '../../platform/async/deferred.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';

const STEP_TIMEOUT_MS = 60_000;

export interface StepWatch extends AsyncDisposable {
  /** Resolves when the upgrade of this action has reached the step. */
  waitForStep(actionId: number, step: UpgradeStep): Promise<void>;
}

/** Opens a connection that the database notifies when a step is committed. */
export async function openStepWatch(connectionString: string): Promise<StepWatch> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`
    CREATE FUNCTION notify_step() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('upgrade_step', NEW.actionid || ' ' || NEW.step); RETURN NULL; END $$;
    CREATE TRIGGER notify_step AFTER UPDATE OF step ON upgrades FOR EACH ROW EXECUTE FUNCTION notify_step();
    LISTEN upgrade_step`);
  const steps = new Map<string, Deferred<void>>();
  const reached = (key: string): Deferred<void> => {
    const deferred = steps.get(key) ?? createDeferred();
    steps.set(key, deferred);
    return deferred;
  };
  client.on('notification', ({ payload }) => {
    if (payload !== undefined) reached(payload).resolve();
  });
  return {
    waitForStep: (actionId, step) =>
      withTimeout(STEP_TIMEOUT_MS, reached(`${actionId} ${step}`).promise, `"${step}" was not reached`),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
