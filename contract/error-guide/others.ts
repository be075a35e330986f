import type { Guides } from './guide.ts';

/** The errors of messages from endpoints; the table rejections keeps the messages. */
export const COLLECTOR_ERRORS = {
  result_unknown_command: {
    cause: 'An answer is for a command that was never sent.',
    next: 'Look at the endpoint that sent it: the table rejections has its queue.',
  },
  result_wrong_agent: {
    cause: 'An answer comes from another endpoint than was asked.',
    next: 'Look at the endpoint that sent it: the table rejections has its queue.',
  },
  result_malformed: {
    cause: 'An answer is unreadable.',
    next: 'Look at the version of the agent that sent it.',
  },
  result_too_large: {
    cause: 'An answer is too large to store.',
    next: 'Ask for less: a limit of matches, or a narrower search.',
  },
  heartbeat_invalid: {
    status: 400,
    cause: 'A heartbeat is unreadable, too large or impossible.',
    next: 'Look at the version and the clock of the agent that sent it.',
  },
  message_deadly: {
    cause: 'Two workers ended while each handled the message alone.',
    next: 'Report the message, which the table rejections keeps.',
  },
} as const satisfies Guides;

/** The errors that every program has. */
export const PROGRAM_ERRORS = {
  config_invalid: {
    cause: 'A configuration or the environment is wrong; the message names every bad key.',
    next: 'Mend those keys: docs/configuration.md describes them.',
  },
  usage: {
    cause: 'A command line of mig or mig-agent is wrong.',
    next: 'Read its help: mig help <command>.',
  },
} as const satisfies Guides;
