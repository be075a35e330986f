import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { type Network, parseNetwork } from '../contract/go/ip-network.ts';
import { RETRY_PAUSES_MS } from '../contract/webhooks/retry.ts';
import { readPem, readSecret } from '../platform/config.ts';
import { SINK_FORMATS, type SinkFormat } from './sinks/event-lines.ts';
import type { SyslogTarget } from './sinks/syslog-sink.ts';
import type { WebhookSettings } from './webhooks/deliver.ts';

/** Standard Webhooks recommends 15 to 30 seconds. */
const WEBHOOK_TIMEOUT_MS = 20_000;
const SYSLOG_PORTS = { tcp: 601, tls: 6514 };

export interface EventSettings {
  webhooks: WebhookSettings;
  file: { file: string; format: SinkFormat } | undefined;
  syslog: { target: SyslogTarget; format: SinkFormat } | undefined;
}

const format = z.enum(SINK_FORMATS).default('jsonl');

export const eventsEnv = {
  MIG_WEBHOOK_ALLOW: z.string().default(''),
  MIG_WEBHOOK_CA_FILE: z.string().optional(),
  MIG_EVENTS_FILE: z.string().optional(),
  MIG_EVENTS_FILE_FORMAT: format,
  MIG_EVENTS_SYSLOG: z.string().optional(),
  MIG_EVENTS_SYSLOG_FORMAT: format,
  MIG_EVENTS_SYSLOG_CA_FILE: z.string().optional(),
  MIG_EVENTS_SYSLOG_CERT_FILE: z.string().optional(),
  MIG_EVENTS_SYSLOG_KEY_FILE: z.string().optional(),
  // Replaced: a worker that ignored them would stop alerts without a word.
  MIG_WEBHOOK_URL: z.never('is gone: use mig webhooks create (docs/integrations.md)').optional(),
  MIG_WEBHOOK_SECRET_FILE: z
    .never('is gone: mig webhooks create makes a secret (docs/integrations.md)')
    .optional(),
};
const EventsEnv = z.object(eventsEnv);
type EventsEnv = z.infer<typeof EventsEnv>;

export function readEventSettings(env: EventsEnv): EventSettings {
  const { MIG_EVENTS_FILE: file, MIG_EVENTS_SYSLOG: syslog } = env;
  return {
    webhooks: {
      allowed: readNetworks(env.MIG_WEBHOOK_ALLOW),
      ca: readPem(env.MIG_WEBHOOK_CA_FILE),
      timeoutMs: WEBHOOK_TIMEOUT_MS,
      retryPausesMs: RETRY_PAUSES_MS,
    },
    file: file ? { file, format: env.MIG_EVENTS_FILE_FORMAT } : undefined,
    syslog: syslog
      ? { target: readSyslogTarget(syslog, env), format: env.MIG_EVENTS_SYSLOG_FORMAT }
      : undefined,
  };
}

function readNetworks(text: string): Network[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  return words.map((word) => {
    const network = parseNetwork(word);
    if (network !== undefined) return network;
    throw new MigError(
      'config_invalid',
      'configuration: MIG_WEBHOOK_ALLOW must be networks: 10.1.0.0/16,fd00::/8',
    );
  });
}

/** `unix:///run/syslog.sock`, `tcp://host:port` or `tls://host:port`. */
function readSyslogTarget(text: string, env: EventsEnv): SyslogTarget {
  const [, path] = /^unix:\/\/(\/.+)$/.exec(text) ?? [];
  if (path !== undefined) return { transport: 'unix', path };
  const [, transport, bracketed, name, port] =
    /^(tcp|tls):\/\/(?:\[([0-9a-f:.]+)\]|([^\s/:?#@]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? name;
  if (host === undefined || (transport !== 'tcp' && transport !== 'tls')) {
    throw new MigError(
      'config_invalid',
      'configuration: MIG_EVENTS_SYSLOG must be tls://host:port, tcp://host:port or unix:///path',
    );
  }
  const number = port === undefined ? SYSLOG_PORTS[transport] : Number(port);
  if (transport === 'tcp') return { transport, host, port: number };
  return {
    transport,
    host,
    port: number,
    ca: readPem(env.MIG_EVENTS_SYSLOG_CA_FILE),
    cert: readPem(env.MIG_EVENTS_SYSLOG_CERT_FILE),
    key: readSecret(env.MIG_EVENTS_SYSLOG_KEY_FILE),
  };
}
