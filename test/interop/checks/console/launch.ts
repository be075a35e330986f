import type { Check } from '../../check.ts';
import { NAME, SEARCH, TARGET, writeAction } from './launcher.ts';
import { ordersOf } from './order.ts';

/** Each has a name of its own: an agent refuses an action that was signed twice in one second as a replay. */
export const LAUNCH_CHECKS: readonly Check[] = ordersOf('launcher', () => ['create action'], [
  {
    order: 'launch',
    what: 'needs a name',
    lines: [TARGET, ...SEARCH, 'launch'],
    stdout: 'Action has no name',
  },
  {
    order: 'launch',
    what: 'needs a target',
    lines: [`${NAME} 1`, ...SEARCH, 'launch'],
    stdout: 'Action has no target',
  },
  {
    order: 'launch',
    what: 'launches, follows and opens the action',
    lines: [`${NAME} 2`, TARGET, ...SEARCH, 'launch', 'results found'],
    stdout: [/successfully launched with ID '\d{14}'/, 'agent-1 /etc/passwd', `Action: 'from the console`],
    stderr: '100.0% done in',
  },
  {
    order: 'launch',
    what: 'with parameters that are compressed',
    lines: ['compress true', `${NAME} 3`, TARGET, ...SEARCH, 'launch', 'results found', 'json'],
    stdout: ['agent-1 /etc/passwd', /"names": \[\s+"\^passwd\$"/],
  },
  {
    order: 'launch',
    what: 'an action that was signed before',
    lines: [`${NAME} 4`, TARGET, ...SEARCH, 'settimes now +1m', 'sign', 'launch', 'results found'],
    stdout: 'agent-1 /etc/passwd',
  },
  {
    order: 'launch nofollow',
    what: 'launches and opens the action at once',
    lines: [`${NAME} 5`, TARGET, ...SEARCH, 'launch nofollow'],
    stdout: [/successfully launched with ID '\d{14}'/, `Action: 'from the console`],
  },
  {
    order: 'launch',
    what: 'several operations',
    lines: [
      `${NAME} 6`,
      TARGET,
      ...SEARCH,
      'addoperation pkg',
      'name ^bash$',
      'done',
      'launch',
      'results found',
    ],
    stdout: ['agent-1 /etc/passwd', 'agent-1 pkgmatch name=bash'],
  },
  {
    order: 'launch',
    what: 'a loaded action, after a question',
    lines: (rig) => [`load ${writeAction(rig)}`, 'launch', 'y', 'results found'],
    stdout: ['1 agents will be targeted by search', 'agent-1 /etc/passwd'],
  },
  {
    order: 'launch',
    what: 'is left at the question',
    lines: (rig) => [`load ${writeAction(rig)}`, 'launch', 'n'],
    stdout: 'launch aborted',
    never: /successfully launched/,
  },
]);
