import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { definePersistent } from '../define-persistent.ts';
import { failedResult } from '../define-run.ts';
import { Config, Parameters } from './schema.ts';

const DEFAULT_SECONDS = 30;
/** The longest interval of a timer. */
const MAX_SECONDS = 2_000_000;

/** Logs the time at intervals, and echoes what it is asked (spec/modules/examplepersist.md#running). */
export const examplepersistPersistent = definePersistent({
  config: Config,
  async start({ ExamplePersist: { interval } }, { host }) {
    if (interval <= 0) host.log(`config interval was <= 0, defaulting to ${DEFAULT_SECONDS} seconds`);
    const seconds = interval <= 0 ? DEFAULT_SECONDS : Math.min(interval, MAX_SECONDS);
    setInterval(() => host.log(`running, current time is ${new Date().toISOString()}`), seconds * 1000);
    return {};
  },
  answer(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    if (!parsed.success) return failedResult('the running module was asked with damaged parameters');
    const { string } = parsed.data;
    return { ...EMPTY_RESULT, foundanything: true, success: true, elements: { string } };
  },
});
