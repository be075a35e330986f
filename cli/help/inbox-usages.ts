import { ENDED_TABLE, WAITING_TABLE } from '../records/inbox-tables.ts';
import { FORMAT_USAGE } from '../terminal/output-format.ts';
import { columnRows } from './column-rows.ts';

/** The usage line of each command of `mig inbox` and `mig acl`. */
export const INBOX_USAGES = {
  inbox: `usage: mig inbox [-state waiting|launched|declined|withdrawn|expired] ${FORMAT_USAGE}`,
  'inbox show': 'usage: mig inbox show <entry id> [-keys <file or folder>] [-acl <file>] [--json]',
  'inbox sign':
    'usage: mig inbox sign <entry id> [-digest <digits>] [-keys <file or folder>] [-acl <file>] [-y] [--json]',
  'inbox decline': 'usage: mig inbox decline <entry id> -reason <text>',
  'inbox withdraw': 'usage: mig inbox withdraw <entry id>',
  acl: 'usage: mig acl show|publish …',
  'acl show': 'usage: mig acl show [-keys <file or folder>] [--json]',
  'acl publish': 'usage: mig acl publish <ACL file> [-y]',
} as const;

/** Below the usage: what the command does, what its flags mean, an example. */
export const INBOX_EXPLANATIONS: Record<keyof typeof INBOX_USAGES, string> = {
  inbox: `Lists the actions that wait for signatures: those that your signature brings closer first, then your own. An action
gets here with -inbox, or when mig finds that your signature is not enough and you agree. It is launched as soon as it has
enough signatures: the weight that the published ACL asks for (mig help acl), or without a published ACL two, or as many
as -signers names. It waits until it expires: for 24 hours, unless -e says otherwise. -state lists those that have
ended. Formats are those of mig list (mig help list actions).

  mig inbox                    the actions that wait
  mig inbox show <id>          the exact text, who signed it, what is missing, what has changed since
  mig inbox sign <id>          show it, ask, sign; the last signature launches it
  mig inbox decline <id> …     end it, with a reason
  mig inbox withdraw <id>      end your own

${columnRows(WAITING_TABLE)} With -state, ${columnRows(ENDED_TABLE)}

  mig file -path /etc -name '^passwd$' -inbox -why 'ticket 4711'`,
  'inbox show': `Shows an action that waits: its exact text, with parameters inflated, who signed it and why, what is missing, and
what has changed since its first signature: the number of agents, agents that are no longer reached, the macro, the time
that is left. mig verifies the signatures itself: the first signer must have signed this very text. The keys are
those of the platform's active investigators; with -keys they come from a file, or from all files of a folder, and no
other counts. -acl counts weights by an ACL file of yours, in place of the published one.

  mig inbox show 28098271642093 -keys ./publickeys`,
  'inbox sign': `Shows an action as mig inbox show does, asks, and signs exactly the text that it has shown. With enough signatures the
action is launched. Without a terminal, or with -y, nobody reads it: then -digest must name the text that you have read,
with the first 32 digits or more of the digest that mig inbox show prints.

  mig inbox sign 28098271642093`,
  'inbox decline': `Ends an action of somebody else that waits, for good. Everybody can read the reason. The same text cannot be launched any
more, here or with mig -i: sign a new action.

  mig inbox decline 28098271642093 -reason 'not during the change freeze'`,
  'inbox withdraw': `Ends an action of yours that waits, for good. The same text cannot be launched any more.

  mig inbox withdraw 28098271642093`,
  acl: `The ACL of the agents, as an administrator publishes it. With it, mig and the platform know which weight an action lacks,
and who has it. It changes no agent: each decides by its own ACL. Publish the strictest, where agents have several.

  mig acl show               the published ACL, its signature verified
  mig acl publish acl.cfg    sign and publish a new version`,
  'acl show': `Prints the published ACL: the weight that each module needs, and that of each investigator. --json prints the ACL as
agents have it in their file. mig verifies its signature: with -keys by the keys of a file or folder alone.

  mig acl show -keys ./publickeys`,
  'acl publish': `Shows what changes since the version before, asks on a terminal, signs the ACL and publishes it. The file is the one that
agents have (acl.cfg). Needs the permission investigator_update.

  mig acl publish acl.cfg`,
};
