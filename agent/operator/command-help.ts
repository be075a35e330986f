import { join } from 'node:path';
import type { FlagKind } from '../../contract/go/flags.ts';
import { FOLDERS, IDENTITY_FILE } from '../config/folders.ts';

export const CONFIG_FILE = join(FOLDERS.config, 'mig-agent.cfg');

/** The flags of every command. */
export const COMMON_FLAGS: Record<string, FlagKind> = {
  c: 'string',
  h: 'boolean',
  help: 'boolean',
};

const CONFIG_HELP = `  -c FILE       configuration (default ${CONFIG_FILE})`;

/** The commands of an operator, with their flags and the text that -h prints. */
export const COMMANDS = {
  install: {
    flags: { 'no-start': 'boolean' },
    help: `mig-agent install: run this executable as a service of this machine

usage: mig-agent install [-no-start] [-c FILE]

Writes the unit, script, property list or task for the init system of this machine (systemd, upstart,
sysvinit, launchd, Windows), replaces an earlier one, enables it at boot and starts it. Needs a
configuration that names a relay, and the rights of root or an administrator.

  -no-start     do not start it now (default: start)
${CONFIG_HELP}; the service uses the same

example: mig-agent install -no-start
exit status: 0 installed; 1 not installed
`,
  },
  uninstall: {
    flags: {},
    help: `mig-agent uninstall: stop the service and remove it from this machine

usage: mig-agent uninstall [-c FILE]

Executable, configuration, identity and report stay. The endpoint also stays in the records of the
platform: an investigator removes it with "mig remove QUEUELOC". Its queueloc is the content of
${join(FOLDERS.state, IDENTITY_FILE)} (or in [agent] statedir, if configured); "mig-agent -q status"
prints it while the agent runs.

${CONFIG_HELP}

example: mig-agent uninstall
exit status: 0 removed, or nothing was installed; 1 not removed
`,
  },
  status: {
    flags: {},
    help: `mig-agent status: is the agent installed, does it run, does it reach the relay, are there notices

usage: mig-agent status [-c FILE]

Asks the running agent, on a socket that only its own user can open. "mig-agent -q status" prints
everything that the agent reports about itself, including its queueloc.

${CONFIG_HELP}

example: mig-agent status || echo "nothing reaches this machine"
exit status: 0 it runs and reaches the relay, or is starting; 3 it does not run; 4 it does not reach the
relay; 1 it cannot be asked
`,
  },
  report: {
    flags: { since: 'string', json: 'boolean', html: 'boolean' },
    help: `mig-agent report: what was done on this machine, who signed it, and what kind of answer left

usage: mig-agent report [-since WHEN] [-json | -html] [-c FILE]

  -since WHEN   only entries since then: how long ago (24h, 90m), a day (2026-01-31, UTC) or a time
                (2026-01-31T12:00:00Z); default: the whole report ([report] keep, 8760h)
  -json         one array of JSON (default: text)
  -html         one page for a browser
${CONFIG_HELP}

example: mig-agent report -since 24h -json
exit status: 0 printed, also when nothing was done; 1 no report, or it is not yours to read
`,
  },
  acl: {
    flags: { json: 'boolean' },
    help: `mig-agent acl check: would this agent run an action, and if not, why not

usage: mig-agent acl check ACTION.json [-json] [-c FILE]

Checks the signatures, the weights of the ACL and the validity, and runs nothing.

  -json         one object of JSON (default: text)
${CONFIG_HELP}

example: mig-agent acl check action.json, with an action that "mig file ... -s" printed
exit status: 0 it would run the action; 1 it would refuse it, or could not read it
`,
  },
} satisfies Record<string, { flags: Record<string, FlagKind>; help: string }>;

export type CommandName = keyof typeof COMMANDS;
