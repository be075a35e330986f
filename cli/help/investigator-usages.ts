import { PERMISSION_WORDS } from '../records/permission-words.ts';

/** The usage line of each command of `mig investigators`. */
export const INVESTIGATOR_USAGES = {
  investigators: 'usage: mig investigators create|show|enable|disable|permissions|apikey|key …',
  'investigators create':
    'usage: mig investigators create [-name <name>] [-admin yes|no] [-loaders yes|no] [-manifests yes|no] [-permissions <names>] [-key <file or fingerprint> | -nokey] [-y] [--json]',
  'investigators show': 'usage: mig investigators show <investigator> [--json]',
  'investigators enable': 'usage: mig investigators enable <investigator> [-y]',
  'investigators disable': 'usage: mig investigators disable <investigator> [-y]',
  'investigators permissions':
    'usage: mig investigators permissions <investigator> [-set <names>] [-add <names>] [-remove <names>] [-y] [--json]',
  'investigators apikey': 'usage: mig investigators apikey new|end <investigator> [-y] [--json]',
  'investigators key': 'usage: mig investigators key <investigator> [-renew <file or fingerprint>] [-y]',
} as const;

/** Below the usage: what the command does, what its flags mean, an example. */
export const INVESTIGATOR_EXPLANATIONS: Record<keyof typeof INVESTIGATOR_USAGES, string> = {
  investigators: `Who may use the platform, and for what. These commands are for administrators. An investigator is named by id, by name or
by the fingerprint of their key.

  mig investigators create           register somebody; asks for what no flag says
  mig investigators show <who>       status, key and permissions
  mig investigators enable <who>     accept their keys again
  mig investigators disable <who>    accept their keys no longer
  mig investigators permissions …    print or change what somebody may do
  mig investigators apikey …         make the key that a program sends to the API, or end it
  mig investigators key <who>        print a public key, or renew it

Investigators are never deleted: actions keep the names of their signers. MIG's console has these as orders of
its mode investigator and as create investigator.

  mig investigators show "Bob Kelso"`,
  'investigators create': `Registers an investigator. Asks on a terminal for what no flag says, as MIG's console does: the name, whether they may
manage investigators, loaders and manifests, and the public key. Everybody gets the default permissions to investigate.

  -key          a file with the public key, or the fingerprint of a key in your own GnuPG
  -nokey        no key: they use the API with a key of mig investigators apikey, and can sign nothing
  -permissions  these permissions and no others, instead of the three questions (mig help investigators permissions)
  -y            skips the question at the end

You can only grant what you have. A key that can never sign here is refused, with the reason. Agents run what somebody
signs only where their ACL names the key.

  mig investigators create -name "Ann Brown" -admin no -loaders no -manifests no -key ann.asc`,
  'investigators show': `Prints the status, the fingerprint and the permissions of an investigator, whether there is an API key, and the last actions
that they signed. --json prints the record with the public key in base64.

  mig investigators show "Ann Brown"`,
  'investigators enable': `Makes the platform accept the key and the API key of an investigator again. You need the permissions that they get by this.

  mig investigators enable "Ann Brown"`,
  'investigators disable': `Makes the platform refuse the key and the API key of an investigator. The last administrator cannot be disabled. Agents that
have the key in their ACL still trust it: remove it there, too.

  mig investigators disable "Ann Brown"`,
  'investigators permissions': `Prints the permissions of an investigator, one a line. With a flag it shows what would change, asks, and changes it. Names
are separated by commas.

  -set     replaces all permissions by these and the default ones, as setperms of MIG's console
  -add     adds these to the present ones
  -remove  takes these away

You can only grant what you have, and the last administrator stays one. The names are MIG's sets, all, and permissions:
  ${PERMISSION_WORDS.join(', ')}

  mig investigators permissions "Ann Brown" -add PermManifest,loader`,
  'investigators apikey': `Makes the key that a program sends as X-MIGAPIKEY to use the API as this investigator, and prints it once, alone on stdout.
A new key replaces the one before. end removes it. It signs nothing: actions need the key of GnuPG.

  mig investigators apikey new "Ann Brown" > apikey
  mig investigators apikey end "Ann Brown"`,
  'investigators key': `Prints the armored public key that the platform has. -renew gives it a newer copy, with another expiry, user id or subkey:
a file, or a fingerprint in your own GnuPG. The fingerprint must be the same, and revocations stay.

  mig investigators key "Ann Brown" > ann.asc
  mig investigators key "Ann Brown" -renew ann.asc`,
};
