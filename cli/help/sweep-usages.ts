import { ITEM_TABLE, SWEEP_TABLE } from '../records/sweep-tables.ts';
import { FORMAT_USAGE, LINE_FORMAT_USAGE } from '../terminal/output-format.ts';
import { columnRows } from './column-rows.ts';

/** The usage line of each command of `mig sweep`. */
export const SWEEP_USAGES = {
  sweep:
    'usage: mig sweep create|list|show|sign|trigger|verify|history|export|pause|resume|delete|run|waive|waivers|unwaive …',
  'sweep create':
    'usage: mig sweep create <name> -checks <file or folder> -t <target> -cron <expression> [-tz <zone>] [-jitter <duration>] [-overlap skip|queue|cancel] [-catchup <duration>] [-validity <duration>] [-description <text>] [-p] [-y] [--json]',
  'sweep list': `usage: mig sweep list ${FORMAT_USAGE}`,
  'sweep show': `usage: mig sweep show <name> [-by check|endpoint|reference] [-run <run id>] [-check <ids>] [-status <words>] [-agent <name>] [-failed-since <time>] [-flipped] ${FORMAT_USAGE}`,
  'sweep sign': 'usage: mig sweep sign <name> -until <date or duration> [-keys <file or folder>] [-y]',
  'sweep trigger': 'usage: mig sweep trigger <name> [-keys <file or folder>] [-y] [--json]',
  'sweep verify': 'usage: mig sweep verify <name> <endpoint> [-keys <file or folder>] [-y] [--json]',
  'sweep history': `usage: mig sweep history <name> [<endpoint>] ${LINE_FORMAT_USAGE}`,
  'sweep export': 'usage: mig sweep export <name> -format <format> [-o <file>] [-overwrite]',
  'sweep pause': 'usage: mig sweep pause <name>',
  'sweep resume': 'usage: mig sweep resume <name>',
  'sweep delete': 'usage: mig sweep delete <name>',
  'sweep run': 'usage: mig sweep run pause|resume|cancel <run id>',
  'sweep waive':
    'usage: mig sweep waive <name> <check> -until <date or duration> -why <text> [-agent <name>] [-y]',
  'sweep waivers': `usage: mig sweep waivers <name> ${LINE_FORMAT_USAGE}`,
  'sweep unwaive': 'usage: mig sweep unwaive <name> <waiver id>',
} as const;

/** Below the usage: what the command does, what its flags mean, an example. */
export const SWEEP_EXPLANATIONS: Record<keyof typeof SWEEP_USAGES, string> = {
  sweep: `A sweep is a set of checks that the platform asks again and again: which endpoints comply, since when do they fail, and
who accepted that. Investigators sign the sweep as one document, and each run in a window of its own, so that no server
can forge a question. Checks are action files (compliance/ has those for Debian 12).

  mig sweep create <name> …   sign a sweep: checks, target, schedule
  mig sweep sign <name> …     sign its planned runs ahead
  mig sweep trigger <name>    sign one run now, and follow it
  mig sweep list              all sweeps, with their last run
  mig sweep show <name>       what complies now, or the items that pass a filter
  mig sweep verify <name> …   ask one endpoint again what it failed
  mig sweep history <name>    the runs; with an endpoint, its verdicts that turned
  mig sweep export <name> …   all items in a format of other tools
  mig sweep pause|resume|delete <name>
  mig sweep run …             pause, resume or cancel a run in progress
  mig sweep waive <name> …    sign an exception, which ends by itself
  mig sweep waivers <name>    the exceptions, also those that are over
  mig sweep unwaive <name> …  revoke an exception

Every planned run has a state: complete; partial (some endpoints did not answer); missed (nobody was asked, with the
reason); overlapped (the run before had not ended); unsigned. mig help sweep create, and so on, explain the rest.

  mig sweep create nightly -checks compliance/debian12/checks -t "os='linux'" -cron '0 3 * * *' -tz Europe/Berlin`,
  'sweep create': `Signs a sweep and gives it to the platform. -checks is an action file or a folder of them, and may be repeated; the name
of a file is the id of its check. Their own targets count for nothing: -t says which endpoints are asked.

-cron has five fields: minute, hour, day of the month, month, day of the week, as in cron(5); or @hourly, @daily, @weekly,
@monthly. -tz is its time zone (default UTC). A night without such a time has no run, a night that has it twice has one.

  -validity   how long endpoints may take to answer, from the planned time on (default 30m)
  -catchup    how late a run may begin when the platform was down at its time (default 10m, at least 1m; 0s: never late)
  -jitter     delays each run by up to this much, so that sweeps do not start together (default 0s)
  -overlap    when the run before has not ended: skip (default), queue one run, or cancel the run before
  -p          prints what would be signed, and creates nothing
  -y          skips the question before the signature

  mig sweep create nightly -checks compliance/debian12/checks -t "os='linux'" -cron '0 3 * * *'`,
  'sweep list': `Lists all sweeps, each with its schedule, how far its runs are signed, and its last run. stderr has what keeps runs from
beginning, such as signatures that end soon, with the command against it. Formats are those of mig list (mig help list
actions).

${columnRows(SWEEP_TABLE)}

  mig sweep list`,
  'sweep show': `Prints when the sweep runs next, its last run, and the matrix of its present items: for each check, endpoint or reference,
how many have which status. An item is what an endpoint answered last to a check; the line "items" says in which run. By
check and reference the matrix also has how many failures are waived, and how failures changed since the run before the
last. A reference has the highest level of its checks. Below are the reasons of items that are not decided.

-run shows another run by check or reference, with the actions that it asked: mig results prints their answers.

With a filter it lists items instead, in the formats of mig list: -check and -status take several words with commas between them,
-agent the name of an agent or its queueloc. -failed-since lists failures that began since then (7d, 2027-01-31, or an
RFC 3339 time), -flipped what the last run has turned.

Statuses are those of XCCDF: pass, fail, error (no answer to the check), unknown (the answer may be incomplete),
notapplicable, notchecked (no answer, or the agent cannot or may not look). The line of an item that is not decided says
why. waived(fail) is a failure that somebody accepted.

Of items: ${columnRows(ITEM_TABLE)}

  mig sweep show nightly -status fail -failed-since 7d`,
  'sweep sign': `Signs the planned runs of a sweep that are not signed yet, until a date or for a time ahead (90d, 12w). Each run gets a
window of its own, so a signature allows one run and no more. A run that nobody has signed when its time comes waits
until its window is over, and then counts as unsigned.

The signed document is verified first, and the actions that are signed are made from its checks: a server cannot change
the question. The name and fingerprint of its signer are printed.

-keys is a file or folder with the public keys of those whose sweeps you sign, besides your own. A sweep that none of them
has signed is refused. Without -keys the key of another investigator comes from the API: a server that was taken over can
send a key of its own under any name, with a question of its own, and your signature would allow that question on every
endpoint that trusts you. Then compare the fingerprint with one that its owner gave you, and never use -y.

Temporal counts the planned times. While it does not answer, mig says so and tries again for up to ten minutes.

mig runner does this a day ahead without a person, on a host of its own, with keys that are named there (mig help runner).

  mig sweep sign nightly -until 90d -keys ~/colleagues`,
  'sweep trigger': `Signs one run of all checks, which begins now, and follows it to its end. The exit code is 0 for a complete run, 4 for a partial
one, 3 when nobody could be asked. -keys names the keys of those whose sweeps you sign (mig help sweep sign).

  mig sweep trigger nightly`,
  'sweep verify': `Asks one endpoint again, but only the checks that fail there, and prints what they say now; with
--json one document, the run and its items. The endpoint is the name of
an agent or its queueloc. Its other items stay as they are. -keys names the keys of those whose sweeps you sign (mig help
sweep sign).

  mig sweep verify nightly web1.example.net`,
  'sweep history': `Lists the latest 100 runs of a sweep, newest first, with their states, reasons and actions. With the name of an agent or a
queueloc, lists the verdicts of this endpoint that turned, with the time and the run.

  mig sweep history nightly web1.example.net`,
  'sweep export': `Writes all items of a sweep, with the signed question, to stdout or with -o to a new file. docs/exports.md says what
each format contains, and how an auditor verifies the signatures. Formats:

  jsonl    JSON lines: the report with the signed question, then one item a line
  csv      CSV (RFC 4180), safe to open in a spreadsheet: one item a line
  parquet  Apache Parquet: one item a row, the report in the metadata of the file
  ocsf     OCSF 1.8 Compliance Findings: one event a line
  xccdf    XCCDF 1.2: a benchmark with a TestResult for each endpoint
  sarif    SARIF 2.1.0: one run, a rule for each check, a result for each item

  mig sweep export nightly -format xccdf -o nightly.xml`,
  'sweep pause': `Stops planned runs until the sweep is resumed. They are recorded as missed, with this reason. A run in progress goes on.

  mig sweep pause nightly`,
  'sweep resume': `Lets planned runs begin again. Those that were missed meanwhile are not made up for.

  mig sweep resume nightly`,
  'sweep delete': `Ends a sweep. Its runs, items, waivers and signatures stay in the database. Its name may be used again.

  mig sweep delete nightly`,
  'sweep run': `Steers a run in progress: pause sends no more commands, resume sends the rest, cancel ends the run as partial. mig sweep
history prints the ids of runs.

  mig sweep run cancel 28098271654410`,
  'sweep waive': `Signs an exception: failures of one check are accepted until a date, on all endpoints or on those of -agent, which may be
repeated. They are shown as waived(fail), with who signed, why and until when. The exception ends by itself. It is bound
to the endpoints that have these names now, which are printed with their queue names: check that they are the right ones.

  mig sweep waive nightly ssh-root-login -agent web1.example.net -until 90d -why "replaced in March"`,
  'sweep waivers': `Lists the exceptions of a sweep, newest first, also those that have ended or were revoked, with the present names of
their endpoints. An endpoint that has taken a waived name since is named on stderr: it is not covered.

  mig sweep waivers nightly`,
  'sweep unwaive': `Revokes an exception before its end. It stays in the list, with the time.

  mig sweep unwaive nightly 28098271651777`,
};
