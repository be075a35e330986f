import { MigError } from '../../contract/errors.ts';
import { readJob } from '../../modules/persistence/darwin/launchd.ts';
import { parsePlist } from '../../modules/persistence/darwin/parse-plist.ts';
import { DamagedPlist } from '../../modules/persistence/darwin/plist-value.ts';
import { parseInittab } from '../../modules/persistence/linux/init.ts';
import { parseRules } from '../../modules/persistence/linux/kernel.ts';
import { parseUnit } from '../../modules/persistence/linux/systemd.ts';
import {
  parseAnacrontab,
  parseAtJob,
  parseSystemCrontab,
  parseUserCrontab,
} from '../../modules/persistence/unix/cron.ts';
import { parseForcedCommands } from '../../modules/persistence/unix/logins.ts';
import { parseRunKeys } from '../../modules/persistence/windows/registry.ts';
import { runKeyEntries } from '../../modules/persistence/windows/run-keys.ts';
import { fixture } from './corpus.ts';
import type { Parser } from './parser.ts';

/** As much as the module reads of a file. */
const MAX_BYTES = 1024 ** 2;

/** Files of what starts by itself. Each user of an endpoint has some. */
export function startupParsers(): Parser[] {
  return [
    {
      name: 'unit',
      corpus: [Buffer.from(UNIT)],
      maxBytes: MAX_BYTES,
      parse: (input) => parseUnit(input.toString()),
    },
    {
      name: 'jobs',
      corpus: [CRONTAB, ANACRONTAB, AT_JOB].map((text) => Buffer.from(text)),
      maxBytes: MAX_BYTES,
      parse: (input, progress) => {
        const text = input.toString();
        parseSystemCrontab(text);
        progress();
        parseUserCrontab(text, 'ada');
        progress();
        return [parseAnacrontab(text), parseAtJob(text)];
      },
    },
    {
      name: 'boot-files',
      corpus: [INITTAB, MODPROBE].map((text) => Buffer.from(text)),
      maxBytes: MAX_BYTES,
      parse: (input) => [parseInittab(input.toString()), parseRules(input.toString())],
    },
    {
      name: 'property-list',
      corpus: ['agent.plist', 'daemon.plist', 'disabled.plist'].map((name) =>
        fixture(`modules/persistence/${name}`),
      ),
      maxBytes: MAX_BYTES,
      parse: (input) => readJob(refusing(() => parsePlist(input))),
    },
    {
      name: 'run-keys',
      corpus: [fixture('modules/persistence/run-keys.json')],
      maxBytes: MAX_BYTES,
      parse: (input) => [...runKeyEntries(parseRunKeys(input.toString()), { onDenied: () => {} })],
    },
    {
      name: 'forced-commands',
      corpus: [Buffer.from(AUTHORIZED_KEYS)],
      maxBytes: MAX_BYTES,
      parse: (input) => parseForcedCommands(input.toString()),
    },
  ];
}

function refusing<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof DamagedPlist)) throw cause;
    throw new MigError('parameters_invalid', cause.message, { cause });
  }
}

const UNIT = `[Service]
User=www-data
ExecStartPre=-/bin/mkdir /run/x
ExecStart=@/usr/bin/app app \\
  --flag
Environment="A=1" "LD_PRELOAD=/tmp/a.so"
`;
const CRONTAB = `# comment
MAILTO = root
17 *\t* * *\troot\tcd / && run
@reboot  www  /tmp/x
`;
const ANACRONTAB = '1\t5\tcron.daily\trun-parts /etc/cron.daily\n@monthly 15 m x\n';
const AT_JOB = '#!/bin/sh\n# atrun uid=0\numask 22\nPATH=/bin; export PATH\necho hi\n';
const INITTAB = '# c\n1:2345:respawn:/sbin/getty 38400 tty1\nx:1::/bin/x\n';
const MODPROBE = 'install usb-storage /bin/false\nblacklist x\nremove a \\\n b\n';
const AUTHORIZED_KEYS = 'from="10.*",command="run \\"a\\"" ssh-rsa AAA x\nssh-ed25519 AAA y\n';
