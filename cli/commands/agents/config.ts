import { existsSync } from 'node:fs';
import { MigError } from '../../../contract/errors.ts';
import { parseDurationMs } from '../../../contract/go/duration.ts';
import { readBoundedText } from '../../../platform/files/read-text.ts';
import { writeDurably } from '../../../platform/files/write-durably.ts';
import { type AgentSettings, agentConfigText } from '../../agent-config-text.ts';
import { type CommandLine, parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openOutput } from '../../open-output.ts';
import { askSecret } from '../../terminal/ask.ts';
import type { Output } from '../../terminal/output.ts';

/** The switches of mig-agent-cfg, as Go's flags: alone they are on, and off by =false. */
const SWITCHES = { immortal: true, service: true, cron: false, extraprivate: true } as const;
const FLAGS = {
  relay: 'string',
  passwordfile: 'string',
  api: 'string',
  proxy: 'list',
  tag: 'list',
  heartbeatfreq: 'string',
  moduletimeout: 'string',
  ca: 'string',
  cert: 'string',
  key: 'string',
  log: 'string',
  statport: 'string',
  immortal: 'string',
  service: 'string',
  cron: 'string',
  extraprivate: 'string',
  o: 'string',
  overwrite: 'boolean',
} as const;
const MAX_PASSWORD_BYTES = 4_096;

/** `mig agents config`: prints a configuration for agents, made from flags. */
export async function agentsConfigCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args.map(withSwitchValue), {
    usage: USAGES['agents config'],
    flags: FLAGS,
    words: [0, 0],
  });
  const file = given.value('o');
  if (file !== undefined && existsSync(file) && !given.isOn('overwrite'))
    throw new MigError('usage', `${file} exists: -overwrite replaces it, -o writes another file`);
  const output = openOutput();
  const text = agentConfigText(await readSettings(given, output));
  if (file === undefined) {
    process.stdout.write(text);
    return EXIT.ok;
  }
  writeDurably(file, text);
  output.note(`wrote ${file}: it has the password of the relay, so keep its mode 0600 on the endpoints, too`);
  return EXIT.ok;
}

/** A switch of Go's takes no next word: `-cron` is `-cron=true`. */
function withSwitchValue(word: string): string {
  const [, name] = /^--?([a-z]+)$/.exec(word) ?? [];
  return name !== undefined && Object.hasOwn(SWITCHES, name) ? `${word}=true` : word;
}

async function readSettings(given: CommandLine, output: Output): Promise<AgentSettings> {
  const { value, values } = given;
  const isOn = (name: keyof typeof SWITCHES) => readSwitch(name, value(name));
  return {
    isImmortal: isOn('immortal'),
    installsService: isOn('service'),
    isCheckin: isOn('cron'),
    hasExtraPrivacy: isOn('extraprivate'),
    api: checkedApi(value('api')),
    proxies: values('proxy').map(checkedProxy),
    tags: values('tag').map(parseTag),
    heartbeatFreq: checkedDuration('heartbeatfreq', value('heartbeatfreq') ?? '120s'),
    moduleTimeout: checkedDuration('moduletimeout', value('moduletimeout') ?? '300s'),
    statPort: checkedPort(value('statport') ?? '51664'),
    certificates: {
      ca: value('ca') ?? '/etc/mig/ca.crt',
      cert: value('cert') ?? '/etc/mig/agent.crt',
      key: value('key') ?? '/etc/mig/agent.key',
    },
    logFile: value('log'),
    relay: await readRelay(given, output),
  };
}

async function readRelay({ value }: CommandLine, output: Output): Promise<string> {
  const text = value('relay');
  if (text === undefined)
    throw new MigError('usage', `-relay is needed: the address of the relay; ${USAGES['agents config']}`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The text may have a password, so no message repeats it.
  if (url === undefined || !/^amqps?:$/.test(url.protocol) || url.hostname === '' || url.username === '')
    throw new MigError('usage', '-relay must be like amqps://user:password@relay.example.net:5671/mig');
  const file = value('passwordfile');
  if (url.password !== '') {
    if (file !== undefined)
      throw new MigError('usage', '-relay has a password: -passwordfile gives a second one');
    output.note('the password of the relay is in the history of your shell now: -passwordfile keeps it out');
    return text;
  }
  const password =
    file === undefined
      ? await askSecret('password of the relay', { flag: '-passwordfile' })
      : firstLine(file);
  url.password = encodeURIComponent(password);
  return url.href;
}

function firstLine(file: string): string {
  const [line = ''] = readBoundedText(file, MAX_PASSWORD_BYTES).split(/\r?\n/);
  if (line === '')
    throw new MigError('usage', `${file}: the first line is empty, and should be the password`);
  return line;
}

function readSwitch(name: keyof typeof SWITCHES, text: string | undefined): boolean {
  if (text === undefined) return SWITCHES[name];
  if (/^(1|t|true|on|yes)$/i.test(text)) return true;
  if (/^(0|f|false|off|no)$/i.test(text)) return false;
  throw new MigError('usage', `-${name} must be true or false, not ${JSON.stringify(text)}`);
}

function checkedApi(text: string | undefined): string | undefined {
  if (text === undefined || (URL.canParse(text) && /^https?:\/\//.test(text))) return text;
  throw new MigError(
    'usage',
    `-api must be an address such as https://mig.example.net/api/v1/, not ${JSON.stringify(text)}`,
  );
}

function checkedProxy(text: string): string {
  if (!/[\s,]/.test(text) && /:\d{1,5}$/.test(text)) return text;
  throw new MigError('usage', '-proxy must be host:port, and may be repeated');
}

/** Both agents end the name of a tag at the first colon. */
function parseTag(text: string): [string, string] {
  const equals = text.indexOf('=');
  const [name, value] = [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
  if (equals > 0 && name !== '' && !name.includes(':')) return [name, value];
  throw new MigError(
    'usage',
    `-tag must be name=value, without a colon in the name, not ${JSON.stringify(text)}`,
  );
}

function checkedDuration(flag: string, text: string): string {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= 1000) return text;
  throw new MigError(
    'usage',
    `-${flag} must be a duration of a second or more, such as 300s, not ${JSON.stringify(text)}`,
  );
}

function checkedPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new MigError('usage', `-statport must be a port from 1 to 65535, not ${JSON.stringify(text)}`);
}
