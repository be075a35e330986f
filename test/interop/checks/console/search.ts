import type { Check } from '../../check.ts';
import { agentId, commandOf, foundAction, investigatorId } from '../../fixtures.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

const ACTION_ROW = /\d{14} {3}found by one +/;
const COMMAND_ROW = / \d{14} {3}found by one +/;
const AGENT_ROW = /\d{14} {3}agent-1 {23} {3}online +20\d\d-/;
const INVESTIGATOR_ROW = /^ +\d+ {3}John Smith {20} {3}active/m;

interface Search {
  key: string;
  where: string | ((rig: Rig) => Promise<string>);
  stdout: RegExp | string;
}

/** Each type of search with each of its keys. */
const SEARCHES: Readonly<Record<string, readonly Search[]>> = {
  action: [
    { key: 'name', where: 'name=found%one', stdout: ACTION_ROW },
    { key: 'actionname', where: 'actionname=found*one', stdout: ACTION_ROW },
    { key: 'actionid', where: async (rig) => `actionid=${await rig.once(foundAction)}`, stdout: ACTION_ROW },
    { key: 'before', where: 'before=2099-01-01T00:00:00Z', stdout: ACTION_ROW },
    { key: 'after', where: 'after=2026-01-01T00:00:00Z', stdout: ACTION_ROW },
    {
      key: 'commandid',
      where: async (rig) => `commandid=${await commandOf(rig, await rig.once(foundAction), 'agent-1')}`,
      stdout: ACTION_ROW,
    },
    {
      key: 'agentid',
      where: async (rig) => `agentid=${await agentId(rig, 'agent-1')} and actionname=found%one`,
      stdout: ACTION_ROW,
    },
    { key: 'agentname', where: 'agentname=agent-1 and actionname=found%one', stdout: ACTION_ROW },
    {
      key: 'investigatorid',
      where: async (rig) =>
        `investigatorid=${await investigatorId(rig, 'Bob Kelso')} and actionname=found%one`,
      stdout: ACTION_ROW,
    },
    {
      key: 'investigatorname',
      where: 'investigatorname=Bob%Kelso and actionname=found%one',
      stdout: ACTION_ROW,
    },
    { key: 'status', where: 'status=completed and actionname=found%one', stdout: ACTION_ROW },
    {
      key: 'limit',
      where: 'actionname=found%one and limit=1',
      stdout: /limited to 1 results[\s\S]*found by one/,
    },
  ],
  command: [
    { key: 'name', where: 'name=found%one', stdout: COMMAND_ROW },
    { key: 'actionname', where: 'actionname=found%one', stdout: COMMAND_ROW },
    { key: 'actionid', where: async (rig) => `actionid=${await rig.once(foundAction)}`, stdout: COMMAND_ROW },
    {
      key: 'commandid',
      where: async (rig) => `commandid=${await commandOf(rig, await rig.once(foundAction), 'agent-1')}`,
      stdout: COMMAND_ROW,
    },
    { key: 'before', where: 'before=2099-01-01T00:00:00Z and actionname=found%one', stdout: COMMAND_ROW },
    { key: 'after', where: 'after=2026-01-01T00:00:00Z and actionname=found%one', stdout: COMMAND_ROW },
    { key: 'agentname', where: 'agentname=agent-1 and actionname=found%one', stdout: COMMAND_ROW },
    {
      key: 'agentid',
      where: async (rig) => `agentid=${await agentId(rig, 'agent-1')} and actionname=found%one`,
      stdout: COMMAND_ROW,
    },
    {
      key: 'investigatorid',
      where: async (rig) =>
        `investigatorid=${await investigatorId(rig, 'Bob Kelso')} and actionname=found%one`,
      stdout: COMMAND_ROW,
    },
    { key: 'investigatorname', where: 'investigatorname=Bob% and actionname=found%one', stdout: COMMAND_ROW },
    { key: 'status', where: 'status=success and actionname=found%one', stdout: COMMAND_ROW },
  ],
  agent: [
    { key: 'name', where: 'name=agent-1', stdout: AGENT_ROW },
    { key: 'agentname', where: 'agentname=agent%', stdout: AGENT_ROW },
    { key: 'agentid', where: async (rig) => `agentid=${await agentId(rig, 'agent-1')}`, stdout: AGENT_ROW },
    { key: 'agentversion', where: 'agentversion=%.dev and agentname=agent%', stdout: AGENT_ROW },
    { key: 'before', where: 'before=2099-01-01T00:00:00Z and name=agent-1', stdout: AGENT_ROW },
    { key: 'after', where: 'after=2026-01-01T00:00:00Z and name=agent-1', stdout: AGENT_ROW },
    { key: 'actionid', where: async (rig) => `actionid=${await rig.once(foundAction)}`, stdout: AGENT_ROW },
    { key: 'actionname', where: 'actionname=found%one', stdout: AGENT_ROW },
    {
      key: 'commandid',
      where: async (rig) => `commandid=${await commandOf(rig, await rig.once(foundAction), 'agent-1')}`,
      stdout: AGENT_ROW,
    },
    {
      key: 'investigatorid',
      where: async (rig) => `investigatorid=${await investigatorId(rig, 'Bob Kelso')} and name=agent-1`,
      stdout: AGENT_ROW,
    },
    { key: 'investigatorname', where: 'investigatorname=Bob% and name=agent-1', stdout: AGENT_ROW },
    { key: 'status', where: 'status=online and name=agent-1', stdout: AGENT_ROW },
  ],
  investigator: [
    { key: 'name', where: 'name=John%', stdout: INVESTIGATOR_ROW },
    { key: 'investigatorname', where: 'investigatorname=John%', stdout: INVESTIGATOR_ROW },
    {
      key: 'investigatorid',
      where: async (rig) => `investigatorid=${await investigatorId(rig, 'John Smith')}`,
      stdout: INVESTIGATOR_ROW,
    },
    {
      key: 'actionid',
      where: async (rig) => `actionid=${await rig.once(foundAction)}`,
      stdout: /\d {3}Bob Kelso/,
    },
    { key: 'actionname', where: 'actionname=found%one', stdout: /\d {3}Bob Kelso/ },
    {
      key: 'commandid',
      where: async (rig) => `commandid=${await commandOf(rig, await rig.once(foundAction), 'agent-1')}`,
      stdout: /\d {3}Bob Kelso/,
    },
    {
      key: 'agentid',
      where: async (rig) => `agentid=${await agentId(rig, 'agent-1')}`,
      stdout: /\d {3}Bob Kelso/,
    },
    { key: 'agentname', where: 'agentname=agent-1', stdout: /\d {3}Bob Kelso/ },
    { key: 'before', where: 'before=2099-01-01T00:00:00Z', stdout: INVESTIGATOR_ROW },
    { key: 'after', where: 'after=2026-01-01T00:00:00Z', stdout: INVESTIGATOR_ROW },
    { key: 'status', where: 'status=active and name=John%', stdout: INVESTIGATOR_ROW },
  ],
};

/** Types nothing: what the searches find must be there. */
async function withActions(rig: Rig): Promise<string[]> {
  await rig.once(foundAction);
  return [];
}

export const SEARCH_CHECKS: readonly Check[] = [
  ...Object.entries(SEARCHES).flatMap(([type, searches]) =>
    ordersOf(
      'main',
      withActions,
      searches.map(({ key, where, stdout }) => ({
        order: `search ${type}`,
        what: `finds by ${key}`,
        lines: async (rig) => [
          `search ${type} where ${typeof where === 'string' ? where : await where(rig)}`,
        ],
        stdout,
      })),
    ),
  ),
  ...ordersOf('main', () => [], [
    {
      order: 'search help',
      what: 'explains the searches',
      lines: ['search help'],
      stdout: 'usage: search <action|agent',
    },
    {
      order: 'search',
      what: 'explains the searches without a type',
      lines: ['search'],
      stdout: 'usage: search <action|agent',
    },
    {
      order: 'search',
      what: 'an unknown type is reported',
      lines: ['search nothing where name=x'],
      stderr: `Invalid search`,
    },
    {
      order: 'search',
      what: 'a search without `where` is reported',
      lines: ['search agent name=x'],
      stderr: 'Invalid search syntax',
    },
    {
      order: 'search',
      what: 'an unknown key is reported',
      lines: ['search agent where x=y'],
      stderr: `Unknown search key 'x'`,
    },
    {
      order: 'search',
      what: 'nothing is found',
      lines: ['search agent where name=nobody'],
      stderr: 'No results found',
    },
    {
      order: 'search',
      what: 'a wrong date is reported',
      lines: ['search action where after=now'],
      stderr: 'not in RFC3339 format',
    },
    {
      order: 'search agent',
      what: 'finds by version, as the help says',
      lines: ['search agent where version=%.dev'],
      stdout: AGENT_ROW,
      fault: {
        place: 'client/mig-console/search.go, parseSearchQuery',
        because: 'the help names the key `version`, but only `agentversion` is known',
        symptom: /Unknown search key 'version'/,
      },
    },
    {
      order: 'search agent',
      what: 'finds all agents by their status',
      lines: ['search agent where status=%'],
      stdout: AGENT_ROW,
    },
  ]),
];
