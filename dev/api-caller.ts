import { readFileSync } from 'node:fs';
import type { PrivateKey } from 'openpgp';
import type { Action } from '../contract/action.ts';
import { encodeJson, RawJson } from '../contract/go/json.ts';
import { timestampFromMillis } from '../contract/go/time.ts';
import { operationsJson, signedText } from '../contract/rules/signed-text.ts';
import { readSigningKey, signText } from '../platform/openpgp/sign.ts';
import { checkAnswer, nameOfRoute } from './check-answer.ts';
import { keepExample } from './docs/raw-examples.ts';
import type { KeyFiles } from './stack/keys.ts';

export interface ApiAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read every part of an answer
  body: any;
}

/** Calls the API as one investigator, with a fresh token for each request. */
export interface ApiCaller {
  key: PrivateKey;
  get(path: string, headers?: Record<string, string>): Promise<ApiAnswer>;
  form(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<ApiAnswer>;
  send(path: string, init: RequestInit): Promise<ApiAnswer>;
  token(): Promise<string>;
}

/** Each answer is checked against the description of its route, unless that is switched off. */
export async function createApiCaller(
  url: string,
  keyFiles: SigningKeyFile,
  { isChecked = true } = {},
): Promise<ApiCaller> {
  const key = await loadKey(keyFiles);
  const token = async () => {
    const head = `1;${new Date().toISOString().replace(/\.\d+Z/, 'Z')};${Math.floor(Math.random() * 2 ** 50)}`;
    return `${head};${await signText(`${head}\n`, key)}`;
  };
  const send = async (path: string, init: RequestInit): Promise<ApiAnswer> => {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { 'X-PGPAUTHORIZATION': await token(), ...(init.headers as Record<string, string>) },
    });
    const text = await response.text();
    const { status, headers } = response;
    const body = parse(text);
    const { method = 'GET' } = init;
    if (isChecked) checkAnswer({ method, path, status, body });
    const name = nameOfRoute(method, path);
    if (name !== undefined && response.ok && body !== undefined) keepExample(name, body);
    return { status, headers, text, body };
  };
  return {
    key,
    token,
    send,
    get: (path, headers = {}) => send(path, { headers }),
    form: (path, fields, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

type SigningKeyFile = Pick<KeyFiles, 'privateKeyFile'>;

export function loadKey(keyFiles: SigningKeyFile): Promise<PrivateKey> {
  return readSigningKey(readFileSync(keyFiles.privateKeyFile, 'utf8'));
}

/** Changes to the default action, a valid search for /etc/passwd on every agent. */
export type ActionOverrides = Partial<Omit<Action, 'validfrom' | 'expireafter'>> & {
  validFromMs?: number;
  expireAfterMs?: number;
};

export const FILE_OPERATION = {
  module: 'file',
  parameters: {
    searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1, matchall: true } } },
  },
};

/** Returns an action signed with the given keys, as JSON text. */
export async function signedAction(
  keys: readonly PrivateKey[],
  overrides: ActionOverrides = {},
): Promise<string> {
  const { validFromMs = Date.now() - 60_000, expireAfterMs = Date.now() + 120_000, ...rest } = overrides;
  const action = {
    id: 0,
    name: 'test action',
    target: `status='online'`,
    description: {},
    threat: {},
    validfrom: timestampFromMillis(validFromMs),
    expireafter: timestampFromMillis(expireAfterMs),
    operations: [FILE_OPERATION],
    syntaxversion: 2,
    ...rest,
  };
  const signatures = await Promise.all(keys.map((key) => signText(signedText(action), key)));
  return encodeJson({
    ...action,
    operations: new RawJson(operationsJson(action.operations)),
    pgpsignatures: overrides.pgpsignatures ?? signatures,
  });
}

export async function postAction(api: ApiCaller, overrides: ActionOverrides = {}): Promise<number> {
  const answer = await api.form('/action/create/', { action: await signedAction([api.key], overrides) });
  if (answer.status !== 202) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
  return answer.body.collection.items[0].data[0].value.id;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
