import { FORMAT_USAGE } from '../terminal/output-format.ts';

/** The usage line of each command of `mig loaders` and `mig manifests`. */
export const LOADER_USAGES = {
  loaders: 'usage: mig loaders create|show|enable|disable|expect|key …',
  'loaders create': 'usage: mig loaders create <name> [-expect <condition>] [--json]',
  'loaders show': 'usage: mig loaders show <loader> [--json]',
  'loaders enable': 'usage: mig loaders enable <loader>',
  'loaders disable': 'usage: mig loaders disable <loader> [-y]',
  'loaders expect': 'usage: mig loaders expect <loader> <condition>|-nothing',
  'loaders key': 'usage: mig loaders key <loader> [-y] [--json]',
  manifests: 'usage: mig manifests create|show|files|shasum|loaders|fetch|sign|verify|reset|disable …',
  'manifests create':
    'usage: mig manifests create <name> -t <condition> -from <file or folder> [-y] [--json]',
  'manifests show': 'usage: mig manifests show <manifest> [--json]',
  'manifests files': 'usage: mig manifests files <manifest> [--json]',
  'manifests shasum': 'usage: mig manifests shasum <manifest>',
  'manifests loaders': `usage: mig manifests loaders <manifest> ${FORMAT_USAGE}`,
  'manifests fetch': 'usage: mig manifests fetch <manifest> <file> [-overwrite]',
  'manifests sign': 'usage: mig manifests sign <manifest> [-from <file or folder>] [-y]',
  'manifests verify': 'usage: mig manifests verify <manifest> | -i <file> [-keys <file or folder>]',
  'manifests reset': 'usage: mig manifests reset <manifest> [-y]',
  'manifests disable': 'usage: mig manifests disable <manifest> [-y]',
} as const;

/** Below the usage: what the command does, what its flags mean, an example. */
export const LOADER_EXPLANATIONS: Record<keyof typeof LOADER_USAGES, string> = {
  loaders: `A loader installs the agent on an endpoint and keeps it up to date. It proves who it is by a key of its own, and gets the
newest manifest for it that enough investigators have signed. mig list loaders lists them. A loader is named by id or name.

  mig loaders create <name>     register a loader, and print its key
  mig loaders show <loader>     its state, and the machine that used it last
  mig loaders enable <loader>   let it fetch manifests
  mig loaders disable <loader>  refuse it
  mig loaders expect …          the condition that its machine must meet
  mig loaders key <loader>      replace its key

  mig loaders show web1`,
  'loaders create': `Registers a loader and prints its key once, alone on stdout: it belongs in /etc/mig/mig-loader.key on the endpoint. The
loader is disabled at first. -expect is a condition over what a loader sends of its machine (env, tags, name), and
refuses the loader on any other.

  mig loaders create web1 -expect "env->>'os'='linux'" > mig-loader.key`,
  'loaders show': `Prints the state of a loader, the beginning of its key, what it expects, and the machine that used it last.

  mig loaders show web1`,
  'loaders enable': `Lets a loader fetch manifests.

  mig loaders enable web1`,
  'loaders disable': `Refuses a loader until it is enabled again. What it has installed stays.

  mig loaders disable web1`,
  'loaders expect': `Sets the condition that the machine of a loader must fulfil: SQL over env, tags, name, loadername and queueloc. -nothing
removes it.

  mig loaders expect web1 "tags->>'operator'='it'"
  mig loaders expect web1 -nothing`,
  'loaders key': `Replaces the key of a loader and prints the new one once, alone on stdout. The old key is refused from then on.

  mig loaders key web1 > mig-loader.key`,
  manifests: `A manifest is a set of files that loaders install: the agent, its configuration, certificates. It reaches the loaders that
fulfil its target once enough investigators have signed it. A manifest is named by id or name. mig list manifests lists them.

  mig manifests create …          upload files; nobody gets them yet
  mig manifests show <manifest>   status, target and signers
  mig manifests files <manifest>  the files with their sizes and SHA-256
  mig manifests shasum …          the same in the form of sha256sum
  mig manifests loaders …         the enabled loaders that it reaches
  mig manifests fetch …           save the archive
  mig manifests sign …            see what it is, and sign it
  mig manifests verify …          check the signatures with keys of your own
  mig manifests reset …           remove all signatures: no loader gets it until it is signed again
  mig manifests disable …         end it for good

  mig manifests show agent-2027-01`,
  'manifests create': `Uploads the files of a folder or of a .tar.gz archive, and prints the id. Loaders know a file by its name: mig-agent,
mig-loader, configuration, agentcert, agentkey, cacert, loaderconfig. A folder must have no folders in it; those of an
archive are ignored.

-t is a condition over loaders: loadername, name, env, tags, queueloc. After the upload the enabled loaders that it
reaches now are listed. None of them gets the files before enough investigators have signed.

  mig manifests create agent-2027-01 -t "env->>'os'='linux'" -from ./release`,
  'manifests show': `Prints the status and the target of a manifest, its files, and who has signed it. --json prints the record with its content
in base64.

  mig manifests show agent-2027-01`,
  'manifests files': `Lists the files of a manifest with size and SHA-256, which are computed here from the content.

  mig manifests files agent-2027-01`,
  'manifests shasum': `Prints the files of a manifest as sha256sum does, sorted by name, as in MIG's console: sha256sum -c checks a folder with it.

  mig manifests shasum agent-2027-01 > SHA256SUMS`,
  'manifests loaders': `Lists the enabled loaders that fulfil the target of a manifest now, in the formats and columns of mig list loaders.

  mig manifests loaders agent-2027-01`,
  'manifests fetch': `Saves the content of a manifest, a .tar.gz archive, to a new file.

  mig manifests fetch agent-2027-01 agent.tar.gz`,
  'manifests sign': `Shows the files that loaders would install, with size and SHA-256, and who has signed them already. Asks on a terminal,
and adds your signature, once. The names of the files and their hashes are signed, the target is not.

  -from  files of your own, in a folder or an archive: refuses to sign unless the manifest has exactly these

  mig manifests sign agent-2027-01 -from ./release`,
  'manifests verify': `Checks who signed a manifest with keys of your own: those in a file or folder of -keys, or else in your GnuPG. The server's
word counts for nothing: hashes are computed from the content. -i takes a record that show --json has printed, and then
no server is asked. How many signatures a loader needs is in its own configuration.

  mig manifests verify agent-2027-01 -keys ./publickeys
  mig manifests verify -i manifest.json -keys ./publickeys`,
  'manifests reset': `Removes all signatures of a manifest. No loader gets it until it is signed again, and old signatures do not come back.

  mig manifests reset agent-2027-01`,
  'manifests disable': `Ends a manifest for good. What loaders have installed stays.

  mig manifests disable agent-2027-01`,
};
