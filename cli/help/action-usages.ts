import { BRAKES } from './brakes-usages.ts';

const MAKING =
  '-i <file>|<module> [-t <target>] [-n <name>] [-validfrom now|<time>] [-expireafter <duration>] [-z] [-y]';

/** The usage line of each command of `mig action`. */
export const ACTION_USAGES = {
  action: 'usage: mig action generate|sign|verify|launch …',
  'action generate': `usage: mig action generate ${MAKING} [-p] [-urlencode] [-nolaunch] [module flags]`,
  'action sign': 'usage: mig action sign <action file> [-y]',
  'action verify':
    'usage: mig action verify -a <action file>|-c <command file>|<file> [-keys <file or folder>] [-acl <file>] [-conf <file>]',
  'action launch': `usage: mig action launch ${MAKING} [-nofollow] ${BRAKES} [-show found|notfound|all|grouped] [--json] [module flags]`,
} as const;

/** What -validfrom and the other flags mean that `generate` and `launch` share. */
const SHARED_FLAGS = `  -i            an action file; or else a module with its flags, as after mig
  -validfrom    now (default), or an RFC 3339 time
  -expireafter  how long the action is valid from then on (default 30m)`;

/** Below the usage: what the command does, what its flags mean, an example. */
export const ACTION_EXPLANATIONS: Record<keyof typeof ACTION_USAGES, string> = {
  action: `Makes, signs, checks and launches actions in files, for scripts and for several signers.

  mig action generate …   make and sign an action, and print it
  mig action sign …       add your signature to an action, as mig sign does
  mig action verify …     who signed an action or command, checked without a server
  mig action launch …     make, sign and launch, with or without following

These are MIG's mig-action-generator (generate -nolaunch, launch -nofollow) and mig-action-verifier.

  mig action generate -i action.json -expireafter 2h > signed.json`,
  'action generate': `Makes an action from a file or from a module with its flags, signs it, and prints it on one line. It asks no server and
launches nothing; mig action launch -i or mig -i launches what it prints.

${SHARED_FLAGS}
  -p            indents the JSON
  -urlencode    prints the JSON URL-encoded, as a form to the API has it
  -nolaunch     accepted for MIG, changes nothing: this never launches

A file with a validity of its own keeps it, unless -validfrom or -expireafter is given. What others have signed cannot
change; it is shown first, and on a terminal you are asked. An operation with want_compressed is compressed.

  mig action generate -i action.json -validfrom 2027-01-31T03:00:00Z -expireafter 2h > signed.json
  mig action generate -t "os='linux'" file -path /etc -name '^passwd$' > signed.json`,
  'action sign': `Shows the action in a file, adds your signature, and prints it for the next signer, as mig sign does.

  mig action sign one.json > two.json`,
  'action verify': `Shows who signed an action, alone or within a command, whether each signature is good, and whether the action is valid
now. No server is asked: the keys are those of your GnuPG, or with -keys those in a file or in all files of a folder. The
weight of a signer is in the ACL of the agents: with -acl mig says what the signers have, and too little is a refusal.

  -a     a file with an action
  -c     a file with a command, as an agent receives it
  -conf  your configuration, which says where your GnuPG is (default ~/.migrc)

  mig action verify -a signed.json -keys ./publickeys
  mig action verify -c command.json`,
  'action launch': `Makes an action as mig action generate does, or takes a signed one with -i, and launches it. An action that has your
signature already gets no second one. Shows progress and results, as mig <module> does.

${SHARED_FLAGS}
  -nofollow     prints the id after the launch, and ends
  -canary …     when agents are asked, and when the action stops by itself (mig help brakes)
  -y            skips the countdown and the question

  mig action launch -i signed.json -nofollow
  mig action launch -expireafter 10m file -path /etc -name '^passwd$'`,
};
