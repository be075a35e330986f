import type { Guides } from './guide.ts';

const REPORT_IT = 'Tell the operator of the platform, with the message.';

/** The errors that agents answer. */
export const AGENT_ERRORS = {
  action_not_yet_valid: {
    cause: 'The clock of the endpoint is before the time at which the action becomes valid.',
    next: 'Set the clock of the endpoint, or launch the action again.',
  },
  acl_denied: {
    cause: 'The signers lack the weight that the access control list of the agent asks for.',
    next: 'Have more investigators sign, up to the weight of the module.',
  },
  acl_invalid: {
    cause: 'The access control list of the agent is broken.',
    next: 'Mend the list in the configuration of the agent: its log names the fault.',
  },
  command_malformed: {
    cause: 'The command is unreadable.',
    next: REPORT_IT,
  },
  command_too_large: {
    cause: 'The command is larger than the agent accepts.',
    next: 'Ask less in one action.',
  },
  command_wrong_agent: {
    cause: 'The command is for another agent.',
    next: REPORT_IT,
  },
  command_replayed: {
    cause: 'The command has already run.',
    next: 'Nothing, when the endpoint has answered. Otherwise launch the action again.',
  },
  command_cancelled: {
    cause: 'The platform cancelled the command before it began.',
    next: 'Launch the action again, if the answer is needed.',
  },
  digests_full: {
    cause: 'The agent has no room to remember one more action.',
    next: 'Ask again when earlier actions have expired.',
  },
  report_full: {
    cause: 'The agent has no room to report one more action to the owner of the endpoint.',
    next: 'Have the owner of the endpoint clear the report.',
  },
  module_barred: {
    cause: 'The module was killed twice for memory or processes, and is refused for an hour.',
    next: 'Ask a smaller question in an hour.',
  },
  interrupted: {
    cause: 'The agent ended while the command, or one of its modules, ran.',
    next: 'Launch the action again for this endpoint.',
  },
  cancel_malformed: {
    cause: 'A cancel is unreadable.',
    next: REPORT_IT,
  },
  clock_malformed: {
    cause: "A message about the agent's clock is unreadable.",
    next: REPORT_IT,
  },
  already_running: {
    cause:
      'Another agent has the state folder, another mig runner the folder of jobs, or another loader works.',
    next: 'Stop the other one, or use another folder.',
  },
  manifest_refused: {
    cause:
      'A loader refuses a manifest: it lacks good signatures, is older than the installed one, or did not work here; ' +
      'or the API sent a file that is not the signed one.',
    next: 'Sign it by as many as [loader] requiredsignatures says, whose keys are in loaderkeys/, or publish another.',
  },
  installation_undone: {
    cause: 'The agent did not start with the new files of a manifest. The old files returned.',
    next: 'Read why in the message, and publish another manifest, or try again with mig-agent loader -retry.',
  },
  folder_writable: {
    cause: 'Others than root can write to one of the folders of the agent or loader; the message names it.',
    next: 'Take that right away: chmod go-w, and chown root.',
  },
} as const satisfies Guides;
