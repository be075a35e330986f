import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { printOk } from '../print-ok.ts';
import { Config, Parameters } from './schema.ts';

export const dispatch = defineModule({
  name: 'dispatch',
  summary: 'send the alerts of the other persistent modules off the host',
  parameters: Parameters,
  runsWithoutFlags: true,
  print: printOk,
  loadRun: async () => (await import('./run.ts')).dispatchRun,
  persistent: { config: Config, load: async () => (await import('./persistent.ts')).dispatchPersistent },
  about: {
    intro: `A persistent module: while it runs, the alerts of the other persistent modules go to it instead of the agent's log,
and it posts each of them to a server, or publishes it to a topic of Amazon SNS. A query shows whether it runs.`,
    notes: `Each alert becomes one record:

  {"hostname":"web-1","environment":{...},"tags":{...},"event":{"severity":"low","alert":"path /etc/x removed"}}

The event is the alert as JSON, or its text when it is none. A record is sent once, within 10 seconds: the status of the
answer does not count, and a failure is logged. Alerts that find too many others waiting are dropped, and their number is
logged every 5 minutes.

Without httpurl and snstopic the module ends, so that alerts stay in the agent's log. For SNS it takes region, account and
credentials from the metadata service of the instance, whose role must allow sns:Publish.`,
    platforms: { linux: 'complete', darwin: 'written, never run', windows: 'not supported' },
    privacy:
      'Host name, environment and tags of the agent leave with each alert, to the configured server, which is not the platform.',
    example: {
      question: 'Where does the module run?',
      args: [],
      result: { ...EMPTY_RESULT, foundanything: true, success: true, elements: { ok: true } },
    },
  },
});
