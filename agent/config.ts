import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { goObject } from '../contract/fields.ts';
import type { Acl } from '../contract/rules/acl.ts';
import { parseDurationMs } from '../contract/rules/duration.ts';
import { parseStrictJson } from '../contract/rules/strict-json.ts';
import { readPem, relayFromUrl } from '../platform/config.ts';
import { type Ini, parseIni } from '../platform/ini.ts';
import type { RelayOptions } from '../platform/rabbitmq/session.ts';
import { BUILD } from './build-info.ts';

/** MIG's agent configuration (spec: agent, configuration), parsed once. */
export interface AgentConfig {
  relay: RelayOptions;
  heartbeatMs: number;
  moduleTimeoutMs: number;
  runDir: string;
  stateDir: string;
  hostname: string | undefined;
  tags: Record<string, string>;
  extraPrivacy: boolean;
  logLevel: string;
  acl: Acl;
  armoredKeys: string[];
}

const Entry = goObject({
  minimumweight: z.number().int(),
  investigators: z
    .record(z.string(), goObject({ fingerprint: z.string().min(1), weight: z.number().int().nonnegative() }))
    .default({}),
});
const AclFile = z.record(z.string(), Entry);

/** Reads the configuration with the ACL and keys beside it; throws one message that names what is wrong. */
export function loadConfig(file: string): AgentConfig {
  const ini = readIni(file);
  const get = (section: string, key: string): string | undefined => ini.get(section)?.get(key)?.at(-1);
  const folder = dirname(file);
  const relayUrl = get('agent', 'relay');
  if (!relayUrl) throw new MigError('config_invalid', `${file}: [agent] relay is missing`);
  const relay = relayFromUrl(relayUrl, {
    ca: readPem(get('certs', 'ca')),
    cert: readPem(get('certs', 'cert')),
    key: readPem(get('certs', 'key')),
  });
  return {
    relay,
    heartbeatMs: parseDuration(get('agent', 'heartbeatfreq') ?? '300s'),
    moduleTimeoutMs: parseDuration(get('agent', 'moduletimeout') ?? '300s'),
    runDir: get('agent', 'rundir') ?? '/var/run/mig',
    stateDir: get('agent', 'statedir') ?? '/var/lib/mig',
    hostname: get('agent', 'hostname'),
    tags: Object.fromEntries((ini.get('agent')?.get('tags') ?? []).map(parseTag)),
    extraPrivacy: isOn(get('agent', 'extraprivacymode')),
    logLevel: get('logging', 'level') ?? 'info',
    acl: BUILD.areFilesTrusted ? readAcl(join(folder, 'acl.cfg')) : {},
    armoredKeys: BUILD.areFilesTrusted ? readKeys(join(folder, 'agentkeys')) : [],
  };
}

function readIni(file: string): Ini {
  try {
    return parseIni(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw new MigError('config_invalid', `${file}: cannot be read: ${why}`, { cause });
  }
}

function readAcl(file: string): Acl {
  if (!existsSync(file)) return {};
  const parsed = AclFile.safeParse(parseStrictJson(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.');
  throw new MigError('config_invalid', `${file}: ${where}: ${parsed.error.issues[0]?.message}`);
}

function readKeys(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

function parseTag(text: string): [string, string] {
  const [name = '', value = ''] = text.split(':');
  return [name.trim(), value.trim()];
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|true|yes|1)$/i.test(value);
}

function parseDuration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  throw new MigError('config_invalid', `duration ${JSON.stringify(text)}: must look like 300s, 5m or 1h30m`);
}
