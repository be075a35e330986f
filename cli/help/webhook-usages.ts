import { EVENT_TYPES } from '../../contract/events/event.ts';
import { LINE_FORMAT_USAGE } from '../terminal/output-format.ts';

/** The usage line of each command of `mig webhooks`. */
export const WEBHOOK_USAGES = {
  webhooks: 'usage: mig webhooks list|create|show|enable|disable|rotate|remove|deliveries|replay|test …',
  'webhooks list': `usage: mig webhooks list ${LINE_FORMAT_USAGE}`,
  'webhooks create': 'usage: mig webhooks create <name> -url <address> [-types <types>] [--json]',
  'webhooks show': 'usage: mig webhooks show <webhook> [--json]',
  'webhooks enable': 'usage: mig webhooks enable <webhook>',
  'webhooks disable': 'usage: mig webhooks disable <webhook>',
  'webhooks rotate': 'usage: mig webhooks rotate <webhook> [--json]',
  'webhooks remove': 'usage: mig webhooks remove <webhook> [-y]',
  'webhooks deliveries': `usage: mig webhooks deliveries <webhook> [-state waiting|delivered|dead] [-limit <n>] ${LINE_FORMAT_USAGE}`,
  'webhooks replay': 'usage: mig webhooks replay <delivery id> | -webhook <webhook> -since <24h or time>',
  'webhooks test': 'usage: mig webhooks test <webhook>',
} as const;

/** Below the usage: what the command does, what its flags mean, an example. */
export const WEBHOOK_EXPLANATIONS: Record<keyof typeof WEBHOOK_USAGES, string> = {
  webhooks: `A webhook is an address that the platform posts events to, signed as Standard Webhooks says. It is named by id or name. All
of this needs the permission investigator_update.

  mig webhooks list                  all webhooks, with their waiting and dead deliveries
  mig webhooks create <name> …       create one, and print its secret
  mig webhooks show <webhook>        its address, types and state
  mig webhooks enable <webhook>      post to it again
  mig webhooks disable <webhook>     stop posting to it
  mig webhooks rotate <webhook>      replace its secret
  mig webhooks remove <webhook>      remove it
  mig webhooks deliveries <webhook>  the state of each delivery
  mig webhooks replay …              post failed or missed events again
  mig webhooks test <webhook>        post a test event

  mig webhooks list`,
  'webhooks list': `Lists all webhooks: state, waiting deliveries, dead ones (given up after ten tries), address.

  mig webhooks list`,
  'webhooks create': `Creates a webhook and prints its secret once, alone on stdout: the receiver verifies signatures with it. -url begins with
https://, and leads into a private network only where the workers allow it (MIG_WEBHOOK_ALLOW). -types are types of
events between commas; without it, the webhook gets all:
  ${EVENT_TYPES.join(', ')}

  mig webhooks create siem -url https://hooks.example.net/mig -types action.matched,agent.unauthorized`,
  'webhooks show': `Prints the address, the types and the state of a webhook, and why the platform has disabled it, if it did.

  mig webhooks show siem`,
  'webhooks enable': `Posts to a webhook again, from now on. mig webhooks replay -since posts what it has missed.

  mig webhooks enable siem`,
  'webhooks disable': `Stops posting to a webhook until it is enabled. Deliveries that wait are kept for a week.

  mig webhooks disable siem`,
  'webhooks rotate': `Makes a new secret for a webhook and prints it once, alone on stdout. For a day every event has signatures by both secrets.

  mig webhooks rotate siem`,
  'webhooks remove': `Removes a webhook with its secret and its deliveries.

  mig webhooks remove siem -y`,
  'webhooks deliveries': `Lists the deliveries of a webhook, newest first: id, time, type, event, state, tries, the last answer or error. A delivery
that was given up after ten tries is dead. Those that ended are kept for 30 days.

  mig webhooks deliveries siem -state dead`,
  'webhooks replay': `Posts one delivery again, also one that succeeded; or, with -webhook and -since, all events since then that the webhook
has not received: dead deliveries, and events from before it was created or while it was disabled. The webhook-id of an
event stays the same, so that the receiver can recognise it.

  mig webhooks replay -webhook siem -since 24h`,
  'webhooks test': `Posts an event webhook.test to a webhook, whatever its types are, and waits up to a minute for the outcome.

  mig webhooks test siem`,
};
