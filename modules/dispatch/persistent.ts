import { MigError } from '../../contract/errors.ts';
import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { definePersistent } from '../define-persistent.ts';
import { createHttpSender } from './http.ts';
import { AlertQueue } from './queue.ts';
import { describeAlert } from './record.ts';
import { Config } from './schema.ts';
import { connectSns } from './sns.ts';

const DEFAULT_SIZE = 1024;
const MAX_SIZE = 65_536;

/** Sends alerts off the host (spec/modules/dispatch.md#sending). */
export const dispatchPersistent = definePersistent({
  config: Config,
  async start({ dispatch }, { host, hostname, environment, tags }) {
    const { httpurl, snstopic, outputmozdef, channelsize } = dispatch;
    if (httpurl === '' && snstopic === '') {
      throw new MigError('config_invalid', 'neither httpurl nor snstopic is configured');
    }
    if (channelsize <= 0) host.log(`channelsize was <= 0, defaulting to ${DEFAULT_SIZE}`);
    const queue = new AlertQueue({
      maxAlerts: channelsize <= 0 ? DEFAULT_SIZE : Math.min(channelsize, MAX_SIZE),
      // What waits is sent as soon as there is a connection.
      sender: snstopic === '' ? createHttpSender(httpurl) : connectSns(snstopic),
      log: host.log,
      now: () => performance.now(),
    });
    queue.start().catch(host.fail);
    return {
      receiveAlert: (message) =>
        queue.add(
          describeAlert(message, { hostname, environment, tags, isMozdef: outputmozdef, now: new Date() }),
        ),
      end: () => queue.end(),
    };
  },
  answer: () => ({ ...EMPTY_RESULT, foundanything: true, success: true, elements: { ok: true } }),
});
