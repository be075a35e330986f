import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { Flags } from './flags.ts';
import { printResult, printStable } from './print.ts';
import { Parameters } from './schema.ts';
import { searchRules } from './search-rules.ts';

export const persistence = defineModule({
  name: 'persistence',
  summary:
    'search what starts by itself: units, cron jobs, profiles, keys, kernel modules, preloaded libraries',
  parameters: Parameters,
  described: Flags,
  ...searchRules,
  print: printResult,
  printStable,
  loadRun: async () => (await import('./run.ts')).persistenceRun,
  about: {
    intro: `An item matches when it passes every check of the search (see -matchany). Regular expressions use RE2 syntax. This module
is new: agents of the original MIG lack it.`,
    notes: `The kinds:

  systemd        services, sockets and paths of systemd, their drop-ins, those of users included
  timer          timers of systemd
  cron           crontab, cron.d, crontabs of users, cron.hourly and its like, anacrontab; an item for each file and user
  at             jobs of at
  init           scripts of init.d, rc.local, inittab, jobs of upstart
  profile        profiles of shells, of the system and of each user
  ssh-key        authorized_keys of each user; the commands are those that a key is bound to
  kernel-module  modules that are loaded at boot or now, and the commands of modprobe.d
  preload        libraries of ld.so.preload, of LD_PRELOAD in units and profiles, of launchd's DYLD_INSERT_LIBRARIES
  launchd        daemons and agents of launchd, those of users included (macOS)
  run-key        values of Run, RunOnce and their like, of the machine and of each user who is logged in (Windows)

Linux has the kinds up to preload, macOS launchd, cron, at, profile, ssh-key and preload, and Windows run-key. A search
for another kind says in an error that it is not supported there.

A unit is enabled when something wants it, an init script when a run level starts it, a script of cron.hourly when it is
executable, a job of launchd unless its list or launchctl disables it, a run key unless the list of startup programs
does. Users are those of /etc/passwd, on macOS the folders of /Users. Of a file over 1 MB only the beginning is read,
which is an error; so is each other limit that cut the answer, and how many files could not be read. A link to a file
of the kernel, in /proc or /sys, is not followed: /proc/kmsg gives each of its lines to one reader only.`,
    platforms: {
      linux: 'complete',
      darwin:
        'launchd, cron, at, profile, ssh-key and preload written, never run; other kinds: not supported',
      windows: 'run-key written, never run; other kinds: not supported',
    },
    privacy: `Kind, name, path, user, time and SHA-256 of the file of each match, and the checks that it passed. Never content or
commands. Extra privacy mode masks names, paths and users.`,
    example: {
      question: 'Which machines have a job that fetches something, changed in the last week?',
      args: ['-command', '(curl|wget) ', '-mtime', '<7d'],
      result: {
        ...EMPTY_RESULT,
        foundanything: true,
        success: true,
        elements: {
          s1: [
            {
              kind: 'cron',
              name: 'www-data',
              path: '/var/spool/cron/crontabs/www-data',
              user: 'www-data',
              enabled: true,
              mtime: '2026-11-27T23:11:02Z',
              sha256: '31fccc576635a29e0a27bbf7416d4f32a0ebaee892475e14708641c0a3620b03',
              checks: ["mtime='<7d'", "command='(curl|wget) '"],
            },
          ],
        },
        statistics: { itemcount: 412, totalhits: 1, exectime: '61.7ms' },
      },
    },
  },
});
