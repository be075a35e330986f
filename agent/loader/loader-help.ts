import { join } from 'node:path';
import { FOLDERS } from '../config/folders.ts';

export const LOADER_CONFIG_FILE = join(FOLDERS.config, 'mig-loader.cfg');

export const LOADER_HELP = `mig-agent loader: install the agent, and keep it as a signed manifest says

usage: mig-agent loader [-check | -c] [-i] [-q] [-retry] [-f FILE]
       mig-agent loader -remove

Asks the API for the manifest of this machine: a list of files with their SHA-256, signed by several
administrators. Verifies the signatures against keys that only this machine's root can change. Then it
fetches the files that differ, checks them, replaces them all, and restarts the agent. When the new agent
does not start, the old files return. No server can make it install what too few people have signed, or
go back to an older manifest. An executable called mig-loader does the same without the word "loader".

  -check    change nothing: verify the manifest, and print what would be replaced
  -c        only start the agent if it does not run
  -i        first arrange that the loader runs every two hours: a timer of systemd, a job of cron or
            launchd, a task of Windows
  -q        print problems only
  -remove   end the runs that -i has arranged; the agent stays (mig-agent uninstall)
  -retry    install a manifest again with which the agent did not start here
  -f FILE   configuration (default ${LOADER_CONFIG_FILE})

Beside the configuration are the key of this loader, mig-loader.key, which only root may read, and the
folder loaderkeys/ with the public keys of those who sign manifests. A configuration:

  [loader]
    api = "https://mig.example.net/api/v1/"
    requiredsignatures = 2
    tags = "team:web"

"mig-agent loader -check" tells whether all that is right. docs/loader.md leads from the keys to an
installed agent.

example: mig-agent loader -check
exit status: 0 installed, or nothing to do; 1 failed, and nothing was replaced; 3 the manifest was refused;
4 the API was not reached, refused the key, or has no manifest for this machine; 5 another loader works;
6 the new agent did not start, and the old files returned; 10 with -check: files would be replaced
`;
