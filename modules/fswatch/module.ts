import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { printOk } from '../print-ok.ts';
import { Config, Parameters } from './schema.ts';

export const fswatch = defineModule({
  name: 'fswatch',
  summary: 'watch files and folders, and raise an alert when the content of a file changes',
  parameters: Parameters,
  runsWithoutFlags: true,
  print: printOk,
  loadRun: async () => (await import('./run.ts')).fswatchRun,
  persistent: { config: Config, load: async () => (await import('./persistent.ts')).fswatchPersistent },
  about: {
    intro: `A persistent module: it records the SHA-256 of every watched file, and raises an alert when a file has changed, or
was removed. A query shows whether it runs.`,
    notes: `Without a configured path the module watches, on Linux, /boot, /etc/cron.d, /var/spool/cron, /bin, /sbin,
/usr/bin, /usr/sbin, /etc/init.d, and with all below them /etc and /etc/systemd; those that do not exist are left out. On
other systems there is no such list.

A configured path that does not exist ends the module, and the agent starts it again. Links in folders are not followed,
and changes that a program makes through a memory mapping are not seen before the file is written again.

A change is compared 0 to 9 s after it was made, and a file raises one alert within 15 minutes. Alerts are JSON:

  {"severity":"critical","alert":"/bin/su signature changed 5d41… -> 9a03…"}
  {"severity":"high","alert":"unhandled notification for /bin/su"}
  {"severity":"medium","alert":"unable to stat new path /etc/x"}
  {"severity":"low","alert":"path /etc/x removed"}`,
    platforms: {
      linux: 'complete',
      darwin: 'written, never run; needs configured paths',
      windows: 'not supported',
    },
    privacy:
      'Alerts hold paths and SHA-256 digests; they stay in the log of the agent unless the module dispatch sends them.',
    example: {
      question: 'Where does the module run?',
      args: [],
      result: { ...EMPTY_RESULT, foundanything: true, success: true, elements: { ok: true } },
    },
  },
});
