import { AUDIT_KINDS } from '../contract/audit.ts';
import type { USAGES } from './help.ts';

const WIDTH = 110;

/** What the help of a command says below its usage: what it does, what its flags mean, a line to copy. */
export const EXPLANATIONS: Record<keyof typeof USAGES, string> = {
  '-i': `Signs an action from a file and launches it, with the flags of every launch (mig help). What others signed is shown
first, and nothing that they signed can be changed: -t, -e and -n are refused then. A field that nothing reads, a
check that nothing can pass and a file without its validity are refused by name, before anything is signed.

  mig -i action.json -t "os='linux'" -e 10m`,
  sign: `Shows the action of a file as it will be signed, its parameters inflated, and who signed it before; asks, adds your
signature and prints the action, which the next signer takes. Nothing is launched: mig -i does that. -y asks nothing.

  mig file -path /etc -name '^passwd$' -e 2h -s > signed.json      the first signer
  mig sign signed.json > twice.json                                the second
  mig -i twice.json                                                whoever launches it`,
  verify: `Tells who signed an action, alone or within a command, and whether each signature is good and the action still valid.
The keys are those of the platform's active investigators. With -keys they are those of a file or of all files of a
folder, and no server is asked.

  mig verify -keys ./publickeys signed.json`,
  results: `Prints what an action found, now or years later, also while it runs: what is missing by then is said, and the exit code
tells it. -show notfound lists the agents that found nothing, -show all both; --json is one document with every answer,
error and limit.

  mig results 7 -show all`,
  status: `Tells how an action stands: counted are the agents that were asked, those that answered, failed, timed out, or did not
answer before the action expired. Without an id: the latest actions, newest first.

  mig status 7`,
  cancel: `Ends an action: agents that have not begun it never will, those that run it stop, and what was answered by then stays.

  mig cancel 7`,
  pause: `Sends no more commands of an action until it is resumed; those that are out are answered. Its validity is not prolonged.

  mig pause 7`,
  resume: `Goes on with a paused action, as long as it is valid.

  mig resume 7`,
  remove: `Takes an endpoint out of the fleet whose agent is gone for good: its records are no longer online, counted or targeted, and
what it answered stays. One that is online is refused; one whose agent is started again comes back with its heartbeat. The
queueloc is what mig agents prints. It takes the permission investigator_update, as administrators have.

  mig remove linux.web1.1b2c3d`,
  agents: `Lists every agent record, or those that a target reaches: id, status, when it was heard of last, name, version and queueloc;
--json has all that is known of each, what an agent says is wrong on its machine too. mig help target tells what a
target may ask.

  mig agents -t "tags->>'operator'='it'"`,
  'upgrade status': `Tells how far each agent of an upgrade is, and why it stopped. -show all lists those that are done, too.

  mig upgrade status 7`,
  audit: `Prints who did what, from where, when, and with what outcome, newest first: one line each, or with --json one JSON object.
-since and -before take a duration back from now (24h) or an RFC 3339 time; -actor a name or fingerprint; -object the id
of an action or other record; -limit how many entries (default 1000). [unproven] stands behind a name that nothing has
proven. Kinds:
${wrapped(AUDIT_KINDS)}

  mig audit -since 24h -kind action`,
  help: 'Prints the help of a command or a module, or what a target may ask of agents; without a word, all of it in short.',
  version: 'Prints the version of this program.',
};

function wrapped(words: readonly string[]): string {
  const lines = [''];
  for (const word of words) {
    const line = `${lines.at(-1)}  ${word}`;
    if (line.length > WIDTH) lines.push(`  ${word}`);
    else lines[lines.length - 1] = line;
  }
  return lines.join('\n');
}
