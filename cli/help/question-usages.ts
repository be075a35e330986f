import { LINE_FORMAT_USAGE } from '../terminal/output-format.ts';
/** The usage line of `mig ask`, and of each command of `mig questions`. */
export const QUESTION_USAGES = {
  ask: 'usage: mig ask <name> [-<parameter> <value> …] [-set <parameter>=<value>] [-version <n>] [-keys <file or folder>] [-t <target>] [-e <duration>] [-n <name>] [-show <what>] [-target-found <id>] [-target-notfound <id>] [-p] [-s] [-z] [-inbox] [-why <text>] [-signers <n>] [-y] [--json]',
  questions: 'usage: mig questions list|show|save|history|diff|remove|export|import …',
  'questions list':
    'usage: mig questions list [<part of a name or description>] [-keys <file or folder>] [--json | --jsonl | --csv | --wide]',
  'questions show': 'usage: mig questions show <name> [-version <n>] [-keys <file or folder>] [--json]',
  'questions save':
    'usage: mig questions save <name> <question file> | -from-action <id> [-comment <text>] [-base <n>] [-keys <file or folder>] [-y] [--json]',
  'questions history': `usage: mig questions history <name> [-keys <file or folder>] ${LINE_FORMAT_USAGE}`,
  'questions diff': 'usage: mig questions diff <name> [-from <n>] [-version <n>] [-keys <file or folder>]',
  'questions remove': 'usage: mig questions remove <name> [-keys <file or folder>] [-y]',
  'questions export': 'usage: mig questions export <name> … [-version <n>] [-keys <file or folder>]',
  'questions import': 'usage: mig questions import <file> [-keys <file or folder>] [-y] [--json]',
} as const;

const KEYS = `mig verifies the signature of each version itself. The keys that count are yours and those in your GnuPG, or those of the
platform's active investigators, which a line says then. With -keys they come from a file or folder alone.`;

/** Below the usage: what the command does, what its flags mean, an example. */
export const QUESTION_EXPLANATIONS: Record<keyof typeof QUESTION_USAGES, string> = {
  ask: `Asks the fleet a saved question. mig verifies who wrote it, fills in its parameters, shows all that it asks, and signs and
launches it like any other action. mig ask <name> help shows its parameters. A value replaces the whole placeholder of its
parameter: nothing in it has a special meaning.

  -<parameter>  a parameter of the question; -set <parameter>=<value> where an option of mig has its name
  -version      another version than the newest
  -keys         a file or folder of public keys: no other author counts
  -t, -e        in place of those of the question

The options of mig help brakes apply, too. If only the platform knows the key of the author, mig asks first; without a
terminal, or with -y, it refuses such a question. The name of the action is that of the question, for mig list actions -name 'question users-file*'.

  mig ask users-file -name '^passwd$'
  mig ask users-file -set name='^shadow$' -e 60s`,
  questions: `Saved questions keep an investigation for everybody to repeat. Each save makes a new version, signed by its author; a version
never changes. mig ask asks one.

  mig questions list …      the newest version of each
  mig questions show …      one version, and who wrote it
  mig questions save …      a new question, or the next version of one
  mig questions history …   who wrote which version
  mig questions diff …      what a version changed
  mig questions remove …    remove a question from the list
  mig questions export …    questions as their authors signed them, for another platform
  mig questions import …    sign exported questions here

  mig questions list passwd`,
  'questions list': `Lists the newest version of each question, or of those with a part of a text in their name or description. A version that
nobody known has signed is listed as NOT VERIFIED, and its text is not shown. Tab completes the names that were listed.

${KEYS}

  mig questions list
  mig questions list passwd --csv`,
  'questions show': `Shows a version, the newest or that of -version: what it asks, its parameters, who wrote it. --json prints it as a file to
change and save. A version that is older than one that you have seen is not shown as the newest.

${KEYS}

  mig questions show users-file
  mig questions show users-file -version 1 --json > users-file.json`,
  'questions save': `Saves a question from a file, or the target and operations of an action. Shows what changes, asks on a terminal, and signs.
The file is JSON, as mig questions show --json prints it; its version is the one that you have changed. When somebody has
saved another one since, nothing is saved: show the newest, and make your change again.

  -from-action  the id of an action
  -base         the version that you have changed, where the file does not say
  -keys         a file or folder of public keys: nobody else has signed the action, or the version before
  -comment      what has changed, and why

In the operations {"$parameter": "path"} stands for the value of a parameter; with "as": "text" an integer becomes a string.
Each parameter has a name and a type (text, integer, duration, path, regex, choice), and may have a description, a default
or "required": true, choices, and an example, with which the operations are checked now.

  mig questions save users-file question.json -comment 'the first'
  mig questions save found-passwd -from-action <id>`,
  'questions history': `Lists all versions, the newest first: when they were signed, by whom, and why. Each version names the one that it was made
from, so that none can be changed or left out between two others.

  mig questions history users-file`,
  'questions diff': `Shows what a version changed: the newest or that of -version, compared with the one before, or with -from.

  mig questions diff users-file -from 1 -version 1`,
  'questions remove': `Removes a question from the list. Its versions stay readable with -version, and the next version brings it back.

  mig questions remove users-file`,
  'questions export': `Prints questions as their authors signed them, one on each line.

  mig questions export users-file > questions.jsonl`,
  'questions import': `Signs exported questions as the next versions here, in your name, after their authors were verified. The comment names
the author. Where only the platform knows the keys of the authors, mig asks first, and refuses without a terminal or with -y.

  mig questions import exported.jsonl`,
};
