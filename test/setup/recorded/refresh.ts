import type { Action } from '../../../contract/action.ts';
import { createApiCaller, signedAction } from '../../../dev/api-caller.ts';
import type { Platform } from '../platform.ts';
import type { RecordedAnswer, Recording } from './recording.ts';

/** Heartbeats of another time are refused. */
const WITH_TIME_OF_NOW = /^(api-heartbeat-post(-badmode)?\.json|http-session\/004-)/;

/** Returns a recorded request with tokens, keys and times that are valid now. `issued` has the answers of our API so far. */
export async function refresh(
  recording: Recording,
  platform: Platform,
  issued: ReadonlyMap<string, RecordedAnswer>,
): Promise<Recording> {
  const { name, headers, body } = recording;
  return {
    ...recording,
    headers: { ...headers, ...(await authorizationOf(name, headers, { platform, issued })) },
    body: typeof body === 'string' ? await refreshBody(name, body, platform) : body,
  };
}

async function refreshBody(name: string, body: string, { api }: Platform): Promise<string> {
  if (WITH_TIME_OF_NOW.test(name))
    return body.replace(/"startTime":"[^"]+"/, `"startTime":"${new Date().toISOString()}"`);
  // The actions of the client's session have expired, and so have their signatures.
  if (!/^http-session\/.*action_create/.test(name)) return body;
  const {
    validfrom: _validfrom,
    expireafter: _expireafter,
    pgpsignatures: _signatures,
    ...action
  } = JSON.parse(new URLSearchParams(body).get('action') ?? '') as Action;
  return new URLSearchParams({ action: await signedAction([api.key], action) }).toString();
}

async function authorizationOf(
  name: string,
  headers: Recording['headers'],
  { platform, issued }: { platform: Platform; issued: ReadonlyMap<string, RecordedAnswer> },
): Promise<Record<string, string>> {
  const { api, people, apiUrl } = platform;
  if (name === 'api-auth-apikey-good.json') return { 'X-MIGAPIKEY': issuedKey(issued) };
  if (name === 'api-auth-badsig.json')
    return { 'X-PGPAUTHORIZATION': (await api.token()).replace(/;\d+;/, ';42;') };
  if (name === 'api-auth-nopermission.json') {
    const john = await createApiCaller(apiUrl, people.john);
    return { 'X-PGPAUTHORIZATION': await john.token() };
  }
  const recorded = Object.keys(headers).find((key) => key.toLowerCase() === 'x-pgpauthorization');
  const isReplaced =
    recorded !== undefined && (headers[recorded] === '<token>' || name.startsWith('http-session/'));
  return isReplaced ? { [recorded]: await api.token() } : {};
}

/** The key that our API has issued to the same investigator. */
function issuedKey(issued: ReadonlyMap<string, RecordedAnswer>): string {
  const { body } = issued.get('api-investigator-update-apikey.json') ?? {};
  return /"apikey":"(\w+)"/.exec(JSON.stringify(body))?.[1] ?? '';
}
