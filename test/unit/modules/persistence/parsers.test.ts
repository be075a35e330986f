import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInittab } from '../../../../modules/persistence/linux/init.ts';
import { parseRules } from '../../../../modules/persistence/linux/kernel.ts';
import { parseUnit } from '../../../../modules/persistence/linux/systemd.ts';
import {
  parseAnacrontab,
  parseAtJob,
  parseSystemCrontab,
  parseUserCrontab,
} from '../../../../modules/persistence/unix/cron.ts';
import { parseForcedCommands } from '../../../../modules/persistence/unix/logins.ts';

describe('a crontab', () => {
  const jobs =
    '# comment\nMAILTO = root\n17 *\t* * *\troot\tcd / && run\n@reboot  www  /tmp/x\n*/5 * * * * short\n\nnonsense';

  test('of the system has a user before each command', () => {
    expect(parseSystemCrontab(jobs)).toEqual([
      { user: 'root', command: 'cd / && run' },
      { user: 'www', command: '/tmp/x' },
    ]);
  });

  test('of a user has commands alone', () => {
    expect(parseUserCrontab('0 5 * * 1 tar -zcf /x /home\n@daily a b', 'ada')).toEqual([
      { user: 'ada', command: 'tar -zcf /x /home' },
      { user: 'ada', command: 'a b' },
    ]);
  });

  test('of anacron has a delay and a name before each command', () => {
    expect(
      parseAnacrontab('SHELL=/bin/sh\n1\t5\tcron.daily\trun-parts /etc/cron.daily\n@monthly 15 m x'),
    ).toEqual([
      { user: 'root', command: 'run-parts /etc/cron.daily' },
      { user: 'root', command: 'x' },
    ]);
  });
});

test('a job of at has the commands behind its environment', () => {
  expect(
    parseAtJob(
      '#!/bin/sh\n# atrun uid=0\numask 22\nPATH=/bin; export PATH\nHOME=/root; export HOME\necho hi\n',
    ),
  ).toEqual(['umask 22', 'echo hi']);
});

describe('a unit', () => {
  test('has its commands without their signs, its user and its preloaded libraries', () => {
    const unit = `[Service]
User=www-data
ExecStartPre=-/bin/mkdir /run/x
ExecStart=@/usr/bin/app app \\
  --flag
ExecStart=
Environment="A=1" "LD_PRELOAD=/tmp/evil.so"
`;
    expect(parseUnit(unit)).toEqual({
      commands: ['/bin/mkdir /run/x', '/usr/bin/app app    --flag'],
      preloads: ['/tmp/evil.so'],
      user: 'www-data',
    });
  });

  test('without a service has no commands', () => {
    expect(parseUnit('[Timer]\nOnCalendar=daily\n')).toEqual({ commands: [], preloads: [], user: undefined });
  });
});

test('a line separator or a carriage return hides no command', () => {
  const command = 'a\u2028b\rc';
  expect(parseSystemCrontab(`@reboot root ${command}`)).toEqual([{ user: 'root', command }]);
  expect(parseAnacrontab(`1 5 name ${command}`)).toEqual([{ user: 'root', command }]);
  expect(parseInittab(`1:2:respawn:${command}`)).toEqual([command]);
  expect(parseRules(`install name ${command}`)).toEqual([{ name: 'name', command }]);
  expect(parseUnit(`ExecStart=${command}\r\n`).commands).toEqual([command]);
});

test('inittab, modprobe.d and authorized_keys have commands, too', () => {
  expect(parseInittab('# c\n1:2345:respawn:/sbin/getty 38400 tty1\nbad')).toEqual(['/sbin/getty 38400 tty1']);
  expect(parseRules('install usb-storage /bin/false\nblacklist x\nremove a \\\n b')).toEqual([
    { name: 'usb-storage', command: '/bin/false' },
    { name: 'a', command: 'b' },
  ]);
  expect(parseForcedCommands('from="10.*",command="run \\"a\\"" ssh-rsa AAA x\nssh-ed25519 AAA y')).toEqual([
    'run "a"',
  ]);
});

test('any text has commands or none', () => {
  const parsers = [
    parseAnacrontab,
    parseAtJob,
    parseForcedCommands,
    parseInittab,
    parseRules,
    parseUnit,
    parseSystemCrontab,
  ];
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...' \n\t\\"=:*@#aE'), maxLength: 99 })),
      (text) => {
        for (const parse of parsers) expect(parse(text)).toBeTypeOf('object');
      },
    ),
  );
});
