/** The help of `mig runner` below its usage line. */
export const RUNNER_HELP = `Launches actions at scheduled times, stores what they found, and hands it to a program of yours. Folders of MIG's runner
work as they are. It runs until SIGTERM, on a host of its own, with a key of its own.

  --check        read everything, print the next three times of each job, and exit: 0 when all can run
  --once <job>   launch one job now, wait, store, run its plugin, and exit; not beside a running runner
  --json         events as JSON lines on stdout, instead of text lines on stderr
  -c <file>      its configuration (default /etc/mig/runner.cfg)

The configuration:

  [runner]
    directory = "/var/lib/mig-runner"
    checkdirectory = 30
  [client]
    clientconfpath = "/etc/mig/runner.migrc"
    passphrase = "of the key, if it has one"
    delayresults = "30s"

checkdirectory is the number of seconds between two looks at the jobs (0 is 30). clientconfpath names a file like ~/.migrc,
and "default" is ~/.migrc itself. delayresults is how long after the end of an action its results are fetched.

The directory:

  runners/daily/entity.cfg                       when and how the job runs
  runners/daily/action.json                      what it asks, in the form of mig -i
  runners/daily/inflight/<action id>.json        what is not complete yet
  runners/daily/results/<YYYYMMDD>/<action id>.json   what was found
  plugins/                                       programs that get the results on stdin

An entity.cfg:

  [configuration]
    schedule = "0 30 6 * * MON-FRI *"
    plugin = "to-siem"
    expiry = "10m"
    sendonly = false
    plugintimeout = "30m"

Only schedule is needed: minute, hour, day, month and weekday, in the local time of this host, with seconds before them if
there are seven fields, and years after them if there are six or seven. L, W and # work as in "L", "15W", "5L" and
"5#2"; @hourly, @daily, @weekly, @monthly and @yearly, too. If both day and weekday are restricted, either is enough.
expiry is how long a run is valid (default 5m). sendonly leaves the results to others.

A run up to a minute late is launched. A later one is reported as missed. Nothing is launched twice for one time, also after
kill -9. The log says which plugin failed, with its status and last lines, and how to repeat it.

The key: make one for the runner alone, and have an administrator register it with the permissions search, action and
action_create. Give it weight in the ACL of the agents only for the modules that its jobs use, and none in "default". An
entry replaces the default for its module, so name the other investigators there, too:

  "pkg": {
    "minimumweight": 2,
    "investigators": {
      "runner":    {"weight": 2, "fingerprint": "<40 digits>"},
      "Bob Kelso": {"weight": 2, "fingerprint": "<40 digits>"}
    }
  }

Whoever takes over this host can ask all that the ACL allows. The module file returns no content, but question by
question it can find out what any file contains: leave it out where you can.

It signs the runs of compliance sweeps, too (mig help sweep), so that nobody has to sign them by hand:

  [sweeps]
    names = "nightly, weekly"
    keys = "/etc/mig/sweep-keys"
    ahead = "24h"

keys is a file or folder with the public keys of those who create sweeps: a sweep that none of them has signed is not
signed, whatever the platform shows. ahead is how far ahead runs are signed (default 24h, 10m to 31 days).

As a service of systemd, /etc/systemd/system/mig-runner.service (docs/runner.md has it with all protections):

  [Service]
    User = mig-runner
    StateDirectory = mig-runner
    ExecStart = /usr/local/bin/mig runner -c /etc/mig/runner.cfg
    Restart = always
  [Install]
    WantedBy = multi-user.target

  mig runner -c ./runner.cfg --check`;
