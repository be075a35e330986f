import { ORDERS, PLURALS, type Plural, TABLES } from '../records/record-kinds.ts';
import { filterUsage } from '../search/search-flags.ts';
import { FORMAT_USAGE } from '../terminal/output-format.ts';
import { columnRows } from './column-rows.ts';

/** The usage line of each command that reads records. */
export const RECORD_USAGES = {
  list: 'usage: mig list actions|commands|agents|investigators|manifests|loaders …',
  'list actions': listUsage('actions'),
  'list commands': listUsage('commands'),
  'list agents': listUsage('agents'),
  'list investigators': listUsage('investigators'),
  'list manifests': listUsage('manifests'),
  'list loaders': listUsage('loaders'),
  show: 'usage: mig show action|command|agent|investigator|manifest|loader <id or name> [--json]',
  'show action': showUsage('action'),
  'show command': showUsage('command'),
  'show agent': 'usage: mig show agent <id or name> [--json]',
  'show investigator': 'usage: mig show investigator <investigator> [--json]',
  'show manifest': 'usage: mig show manifest <manifest> [--json]',
  'show loader': 'usage: mig show loader <loader> [--json]',
  agents: `usage: mig agents [-t <target>] ${FORMAT_USAGE}`,
  'agents search': `usage: mig agents search [-t <target>] [-p "<name>=<value> …"] ${filterUsage('agent')} [-limit <n>] [-format table|mig] ${FORMAT_USAGE}`,
  'agents show': 'usage: mig agents show <id or name> [--json]',
  'agents remove': 'usage: mig agents remove <queueloc of an endpoint> [--json]',
  'agents count': 'usage: mig agents count [-t <target>] [--json]',
  dashboard: 'usage: mig dashboard [--json]',
} as const;

function listUsage(plural: Plural): string {
  const type = PLURALS[plural];
  const target = type === 'agent' ? '[-t <target>] ' : '';
  return `usage: mig list ${plural} ${target}${filterUsage(type)} [-limit <n> | -all] ${FORMAT_USAGE}`;
}

function showUsage(type: 'action' | 'command'): string {
  return `usage: mig show ${type} <id> [--json]`;
}

const FORMATS = `A table fits the terminal: its longest texts are cut, and --wide prints everything and more columns. A pipe gets whole
cells. The titles of a table, and all that is no record, go to stderr where stdout is no terminal.

  --json    one JSON document, a list, with all fields of each record
  --jsonl   the same, one record on each line
  --csv     the columns below as CSV (RFC 4180); ' before a cell that a spreadsheet would take for a formula`;

/** Below the usage: what the command does, what its flags mean, an example. */
export const RECORD_EXPLANATIONS: Record<keyof typeof RECORD_USAGES, string> = {
  list: `Lists what the platform has recorded, with filters. mig help list actions, and so on, explain the filters and columns.

  mig list actions …         what was asked, by whom, and how far it is
  mig list commands …        each action on its way to each agent
  mig list agents …          the agents of the fleet
  mig list investigators …   who may ask
  mig list manifests …       what loaders install
  mig list loaders …         the programs that install agents

  mig list actions -status inflight
  mig list commands -actionid 28098271642093 -status failed
  mig list agents -name 'web*' -after 1h`,
  'list actions': listExplanation('actions', {
    times: '-after is about the beginning of the validity, -before about its end',
    examples: ["mig list actions -name '*passwd*' -after 30d", 'mig list actions -status inflight --json'],
  }),
  'list commands': listExplanation('commands', {
    times: '-after and -before are about when a command was sent',
    examples: [
      'mig list commands -actionid 28098271642093 -foundanything true',
      'mig list commands -agentname web1 -limit 20',
    ],
  }),
  'list agents': listExplanation('agents', {
    times: '-after and -before are about the last heartbeat',
    examples: ['mig list agents -status offline -before 7d', 'mig list agents -all --csv'],
  }),
  'list investigators': listExplanation('investigators', {
    times: '-after and -before are about the last change of the investigator',
    examples: ['mig list investigators -status active', 'mig list investigators -actionid 28098271642093'],
  }),
  'list manifests': listExplanation('manifests', {
    times: '-after and -before are about when the manifest was made',
    examples: ['mig list manifests -status staged'],
  }),
  'list loaders': listExplanation('loaders', {
    times: '-after and -before are about when the loader was last seen',
    examples: ["mig list loaders -name 'web*'"],
  }),
  show: `Shows one record for people; --json prints it as the API sends it.

  mig show action <id>         what is asked whom, the signers, the counters
  mig show command <id>        what one agent answered
  mig show agent <agent>       one agent, its machine, what it was asked last
  mig show investigator <who>  the key, the permissions, the last actions
  mig show manifest <name>     the target, the signers, the files
  mig show loader <name>       the prefix of the key, the agent

  mig show action 28098271642093`,
  'show action': `Shows what an action asks whom, with its parameters inflated, who signed it, and how many agents have answered.

  mig show action 28098271642093`,
  'show command': `Shows what one agent answered to one action, each result as its module prints it. mig list commands has the ids.

  mig show command 28098271642101`,
  'show agent': `Shows an agent: what it is called, what it says of its machine, its tags, and the last commands that it got. It is named
by its id or its name. Where several records have one name, as after a machine was installed again, the ids are listed.

  mig show agent web1.example.net`,
  'show investigator': `Shows who somebody is, what they may do, and what they have signed last, as mig investigators show does.

  mig show investigator "Bob Kelso"`,
  'show manifest': `Shows what loaders install, and who has signed it, as mig manifests show does.

  mig show manifest agent-2027-01`,
  'show loader': `Shows a loader, and the agent that it has installed, as mig loaders show does.

  mig show loader web1`,
  agents: `Lists all agent records, or those that a target reaches: id, status, last heartbeat, name, version and queueloc. --json
prints everything known about each agent, including the problems it reports, as one list. mig help target explains
targets.

  mig agents search …   those that pass filters, in any format
  mig agents show …     one agent, with what it was asked last
  mig agents remove …   remove an endpoint whose agent is gone
  mig agents count …    how many a target reaches
  mig agents config …   make a configuration for agents

  mig agents -t "tags->>'operator'='it'"`,
  'agents search': `Lists the agents that a target reaches, or that pass filters: all of them, unless -limit says how many. -p takes the
filters as MIG's mig-agent-search does, "name=value name=value", without spaces in values. * stands for any characters.
-format mig prints MIG's lines, with ; between name, id, status, version, mode, os, arch, pid, starttime, heartbeattime,
tags and environment.

${FORMATS}

${columnRows(TABLES.agent)}

  mig agents search -t "os='linux'" --csv
  mig agents search -p "status=online name=web*" -format mig`,
  'agents show': `Shows an agent, as mig show agent does.

  mig agents show 28098271640001`,
  'agents remove': `Removes an endpoint whose agent is gone for good, as mig remove does. Needs the permission investigator_update.

  mig agents remove linux.web1.1b2c3d`,
  'agents count': `Prints how many agents a target reaches now; without -t, how many are online.

  mig agents count -t "os='linux'"`,
  dashboard: `Shows how many agents and endpoints there are, by status and version, and the latest actions.

  mig dashboard`,
};

function listExplanation(
  plural: Plural,
  { times, examples }: { times: string; examples: readonly string[] },
): string {
  const type = PLURALS[plural];
  return `Lists ${plural}, ${ORDERS[type]}: the first 100, unless -limit says how many or -all asks for every one. * in a pattern stands for any
characters. A time is a duration back from now (2h, 7d), a date, or an RFC 3339 time: ${times}.

${FORMATS}

${columnRows(TABLES[type])}

${examples.map((line) => `  ${line}`).join('\n')}`;
}
