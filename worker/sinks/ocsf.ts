import type { z } from 'zod';
import {
  EVENT_SCHEMAS,
  type EventType,
  eventUid,
  isEventType,
  type OutboxEvent,
} from '../../contract/events/event.ts';
import { VERSION } from '../../contract/version.ts';

const OCSF_VERSION = '1.8.0';
const OTHER = 99;

/** A value of an OCSF enumeration: its identifier and its caption. */
type Enumerated = readonly [id: number, caption: string];

const UNKNOWN: Enumerated = [0, 'Unknown'];
const INFORMATIONAL: Enumerated = [1, 'Informational'];
const MEDIUM: Enumerated = [3, 'Medium'];
const HIGH: Enumerated = [4, 'High'];
const SUCCESS: Enumerated = [1, 'Success'];
const FAILURE: Enumerated = [2, 'Failure'];
const NEW: Enumerated = [1, 'New'];
const RESOLVED: Enumerated = [4, 'Resolved'];
const CREATE: Enumerated = [1, 'Create'];
const UPDATE: Enumerated = [3, 'Update'];
const CLOSE: Enumerated = [3, 'Close'];

interface OcsfClass {
  uid: number;
  name: string;
  category: Enumerated;
}
const FINDINGS: Enumerated = [2, 'Findings'];
const COMPLIANCE_FINDING: OcsfClass = { uid: 2003, name: 'Compliance Finding', category: FINDINGS };
const DETECTION_FINDING: OcsfClass = { uid: 2004, name: 'Detection Finding', category: FINDINGS };
const ENTITY_MANAGEMENT: OcsfClass = {
  uid: 3004,
  name: 'Entity Management',
  category: [3, 'Identity & Access Management'],
};
const APPLICATION_LIFECYCLE: OcsfClass = {
  uid: 6002,
  name: 'Application Lifecycle',
  category: [6, 'Application Activity'],
};

const VERDICTS = new Map<string, Enumerated>([
  ['pass', [1, 'Pass']],
  ['fail', [3, 'Fail']],
]);

/** What differs from event to event. */
interface OcsfRecord {
  of: OcsfClass;
  activity: Enumerated;
  severity: Enumerated;
  status: Enumerated;
  message: string;
  attributes: object;
  profiles?: readonly string[];
}

type Data<T extends EventType> = z.output<(typeof EVENT_SCHEMAS)[T]>;
type Writers = { [T in EventType]: (data: Data<T>, uid: string) => readonly OcsfRecord[] };

const WRITERS: Writers = {
  'action.ended': ({ actionid, name, status, reason }) => [
    {
      ...entity(UPDATE, { uid: String(actionid), name, type: 'Action' }),
      status: status === 'completed' ? SUCCESS : FAILURE,
      message: `action ${actionid} is ${status}${reason === null ? '' : `: ${reason}`}`,
    },
  ],
  'action.matched': ({ actionid, name, count, endpoints }, uid) => [
    {
      of: DETECTION_FINDING,
      activity: CREATE,
      severity: UNKNOWN,
      status: NEW,
      message: `action ${actionid} has found something on ${count} endpoints`,
      attributes: {
        count,
        finding_info: { uid, title: name },
        resources: endpoints.map(({ agent, queueloc }) => ({ uid: queueloc, name: agent, type: 'Endpoint' })),
      },
    },
  ],
  'agent.new': ({ endpoints }) =>
    endpoints.map(({ agent, queueloc, version }) => ({
      ...entity(CREATE, { uid: queueloc, name: agent, type: 'Device', version }),
      message: `the endpoint ${queueloc} is new`,
    })),
  'agent.unauthorized': ({ reason, count, endpoints }, uid) => [
    {
      of: DETECTION_FINDING,
      activity: CREATE,
      severity: HIGH,
      status: NEW,
      message: `${count} answers refused: ${reason}`,
      attributes: {
        count,
        finding_info: { uid, title: reason },
        resources: endpoints.map(({ queueloc }) => ({ uid: queueloc, type: 'Endpoint' })),
      },
    },
  ],
  'inbox.declined': (data) => [inboxEntry([11, 'Deactivate'], data, 'was declined')],
  'inbox.launched': (data) => [inboxEntry([10, 'Activate'], data, 'was launched')],
  'inbox.waiting': (data) => [inboxEntry(CREATE, data, 'waits for signatures')],
  'inbox.withdrawn': (data) => [inboxEntry([11, 'Deactivate'], data, 'was withdrawn')],
  'sweep.flipped': (flip) => [flipped(flip)],
  'sweep.run': ({ sweepid, runid, state }) => [
    {
      ...entity(UPDATE, { uid: String(runid), name: `run ${runid}`, type: 'Sweep run' }),
      status: state === 'complete' ? SUCCESS : FAILURE,
      message: `run ${runid} of sweep ${sweepid} is ${state}`,
    },
  ],
  'sweep.signatures': ({ sweepid, name, runs }) => [
    {
      ...entity(UPDATE, { uid: String(sweepid), name, type: 'Sweep' }),
      severity: MEDIUM,
      message: `${runs} signed runs of sweep ${sweepid} are left`,
    },
  ],
  'sweep.waived': ({ sweepid, waiverid, check }) => [
    {
      ...entity(CREATE, { uid: String(waiverid), name: check, type: 'Waiver' }),
      message: `a waiver of ${check} in sweep ${sweepid}`,
    },
  ],
  'upgrade.failed': ({ actionid, endpoints }) =>
    endpoints.map(({ queueloc, step, outcome, reason }) => ({
      of: APPLICATION_LIFECYCLE,
      activity: [8, 'Update'] as const,
      severity: MEDIUM,
      status: FAILURE,
      message: `the upgrade by action ${actionid} is ${outcome} at the step '${step}'${reason === null ? '' : `: ${reason}`}`,
      profiles: ['host'],
      attributes: {
        app: { name: 'MIG agent', vendor_name: 'MIG' },
        device: { uid: queueloc, type_id: 0, type: 'Unknown' },
      },
    })),
  'webhook.disabled': ({ webhookid, name, reason }) => [
    {
      ...entity([9, 'Disable'], { uid: String(webhookid), name, type: 'Webhook' }),
      severity: MEDIUM,
      message: `the webhook ${name} was disabled: ${reason}`,
    },
  ],
  'webhook.test': ({ webhookid, name }) => [
    {
      ...entity([OTHER, 'Test'], { uid: String(webhookid), name, type: 'Webhook' }),
      message: `the webhook ${name} is tried`,
    },
  ],
};

/** An event as objects of the Open Cybersecurity Schema Framework: one, or one for each endpoint. */
export function toOcsf(event: OutboxEvent, nowMs: number): object[] {
  const uid = eventUid(event);
  const records = recordsOf(event, uid);
  return records.map((record, index) => {
    const { of, activity, severity, status, message, attributes, profiles } = record;
    return {
      activity_id: activity[0],
      activity_name: activity[1],
      category_uid: of.category[0],
      category_name: of.category[1],
      class_uid: of.uid,
      class_name: of.name,
      type_uid: of.uid * 100 + activity[0],
      type_name: `${of.name}: ${activity[1]}`,
      severity_id: severity[0],
      severity: severity[1],
      status_id: status[0],
      status: status[1],
      time: Date.parse(event.at),
      message,
      metadata: {
        version: OCSF_VERSION,
        product: { name: 'MIG', vendor_name: 'MIG', version: VERSION },
        uid: records.length === 1 ? uid : `${uid}/${index + 1}`,
        event_code: event.kind,
        logged_time: nowMs,
        profiles,
      },
      ...attributes,
      unmapped: event.detail,
    };
  });
}

/** An event that another version of the platform has written may have a type or data that this one does not know. */
function recordsOf(event: OutboxEvent, uid: string): readonly OcsfRecord[] {
  const known = isEventType(event.kind) ? write(event.kind, event.detail, uid) : undefined;
  return (
    known ?? [{ ...entity([OTHER, 'Other'], { uid, name: event.kind, type: 'Event' }), message: event.kind }]
  );
}

function write<T extends EventType>(
  type: T,
  detail: unknown,
  uid: string,
): readonly OcsfRecord[] | undefined {
  const parsed = EVENT_SCHEMAS[type].safeParse(detail);
  // The schema of a type gives the data that its writer takes.
  return parsed.success ? WRITERS[type](parsed.data as Data<T>, uid) : undefined;
}

/** An entity that is no device has no number in OCSF. */
function entity(
  activity: Enumerated,
  { type, ...named }: { uid: string; name: string; type: string; version?: string },
): Omit<OcsfRecord, 'message'> {
  const attributes = { entity: { ...named, type, type_id: type === 'Device' ? 1 : OTHER } };
  return { of: ENTITY_MANAGEMENT, activity, severity: INFORMATIONAL, status: SUCCESS, attributes };
}

function inboxEntry(
  activity: Enumerated,
  { inboxid, name }: { inboxid: number; name: string },
  what: string,
): OcsfRecord {
  return {
    ...entity(activity, { uid: String(inboxid), name, type: 'Inbox entry' }),
    message: `the action of inbox entry ${inboxid} ${what}`,
  };
}

function flipped({ sweepid, queueloc, agent, check, from, to }: Data<'sweep.flipped'>): OcsfRecord {
  const [statusId, status] = VERDICTS.get(to) ?? [OTHER, 'Not Applicable'];
  const isFailure = to === 'fail';
  return {
    of: COMPLIANCE_FINDING,
    activity: isFailure ? CREATE : CLOSE,
    severity: UNKNOWN,
    status: isFailure ? NEW : RESOLVED,
    message: `${check} turned from ${from} to ${to}`,
    attributes: {
      finding_info: { uid: `${sweepid}/${check}/${queueloc}`, title: check },
      compliance: {
        control: check,
        standards: [`sweep ${sweepid}`],
        status_id: statusId,
        status,
        status_code: to,
      },
      resources: [{ uid: queueloc, name: agent, type: 'Endpoint' }],
      device: { uid: queueloc, name: agent, type_id: 0, type: 'Unknown' },
    },
  };
}
