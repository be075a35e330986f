import type { z } from 'zod';
import { ActionEnded, ActionMatched } from './action.ts';
import { AgentNew, AgentUnauthorized } from './agent.ts';
import { InboxEnded, InboxWaiting } from './inbox.ts';
import { SweepFlipped, SweepRun, SweepSignatures, SweepWaived } from './sweep.ts';
import { UpgradeFailed } from './upgrade.ts';
import { WebhookDisabled, WebhookTest } from './webhook.ts';

/** The types of events with the schema of their data. A type keeps its fields; new ones may come. */
export const EVENT_SCHEMAS = {
  'action.ended': ActionEnded,
  'action.matched': ActionMatched,
  'agent.new': AgentNew,
  'agent.unauthorized': AgentUnauthorized,
  'inbox.declined': InboxEnded,
  'inbox.launched': InboxEnded,
  'inbox.waiting': InboxWaiting,
  'inbox.withdrawn': InboxEnded,
  'sweep.flipped': SweepFlipped,
  'sweep.run': SweepRun,
  'sweep.signatures': SweepSignatures,
  'sweep.waived': SweepWaived,
  'upgrade.failed': UpgradeFailed,
  'webhook.disabled': WebhookDisabled,
  'webhook.test': WebhookTest,
} as const satisfies Record<string, z.ZodType>;
export type EventType = keyof typeof EVENT_SCHEMAS;

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(EVENT_SCHEMAS, text);
}

/** The types that a webhook can choose; every webhook gets its own tests. */
export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS)
  .filter(isEventType)
  .filter((type) => type !== 'webhook.test');

/** An event of the outbox. */
export interface OutboxEvent {
  /** The same wherever the event goes, however often. */
  id: number;
  at: string;
  kind: string;
  detail: Record<string, unknown>;
}

/** The id of an event for those who get it. */
export function eventUid({ id }: Pick<OutboxEvent, 'id'>): string {
  return `evt_${id}`;
}
