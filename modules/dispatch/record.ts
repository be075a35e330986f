import { encodeJson } from '../../contract/go/json.ts';

interface RecordContext {
  hostname: string;
  environment: unknown;
  tags: Record<string, string>;
  isMozdef: boolean;
  now: Date;
}

/** The record of an alert as JSON; on demand as an event of MozDef. */
export function describeAlert(
  alert: string,
  { hostname, environment, tags, isMozdef, now }: RecordContext,
): string {
  const record = { hostname, environment, tags, event: eventOf(alert) };
  if (!isMozdef) return encodeJson(record);
  return encodeJson({
    timestamp: now.toISOString(),
    category: 'mig',
    hostname,
    processid: process.pid,
    processname: 'mig-agent',
    severity: 'INFO',
    source: '',
    summary: 'mig dispatch event',
    tags: ['mig-dispatch'],
    details: record,
  });
}

/** An alert that is no JSON stays a text. */
function eventOf(alert: string): unknown {
  try {
    return JSON.parse(alert);
  } catch {
    return alert;
  }
}
