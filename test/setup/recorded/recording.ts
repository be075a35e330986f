import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One request to MIG's API as it was recorded, and its answer. */
export interface Recording {
  /** The file, below the folder of samples. */
  name: string;
  method: string;
  /** Below the base route. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | FormData | undefined;
  answer: RecordedAnswer;
}

export interface RecordedAnswer {
  status: number;
  /** In lower case. */
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

export const SAMPLES = fileURLToPath(new URL('../../fixtures/samples/', import.meta.url));
const BASE = '/api/v1';

/** Every recording of a single request, in the order in which they were made. */
export function readRequests(): Recording[] {
  return namesIn('.')
    .filter((name) => name.startsWith('api-'))
    .map((name) => ({ recording: fromCurl(name), text: readFileSync(join(SAMPLES, name), 'utf8') }))
    .sort((one, other) => timeOf(one.text) - timeOf(other.text) || codeOf(one.text) - codeOf(other.text))
    .map(({ recording }) => recording)
    .sort((one, other) => Number(READ_LAST.includes(one.name)) - Number(READ_LAST.includes(other.name)));
}

/** They read what others of the same second have made. */
const READ_LAST = ['api-loader-get.json', 'api-search-loader-name.json', 'api-auth-apikey-good.json'];

/** The recordings of one client from start to end, in order. */
export function readSession(): Recording[] {
  return namesIn('http-session').map((name) => {
    const { request, response } = JSON.parse(readFileSync(join(SAMPLES, 'http-session', name), 'utf8'));
    return {
      name: `http-session/${name}`,
      method: request.method,
      path: request.path.slice(BASE.length),
      headers: withoutLength(request.headers),
      body: request.body || undefined,
      answer: { status: response.status, headers: lowerCase(response.headers), body: response.body },
    };
  });
}

/** The body may get another length: a heartbeat has a new time. */
function withoutLength({ host: _host, 'content-length': _length, ...headers }: Record<string, string>) {
  return headers;
}

function namesIn(folder: string): string[] {
  return readdirSync(join(SAMPLES, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name))
    .sort();
}

function fromCurl(name: string): Recording {
  const { request, curl_args, status, headers, body } = JSON.parse(readFileSync(join(SAMPLES, name), 'utf8'));
  const args = parseCurl(curl_args);
  return {
    name,
    path: request.slice(BASE.length),
    ...args,
    answer: {
      status: Number(status.split(' ')[1]),
      headers: Object.fromEntries(
        (headers as string[]).map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
        }),
      ),
      body,
    },
  };
}

/** The words were recorded with single spaces, and no value but the last has one before a `-`. */
function parseCurl(text: string): Pick<Recording, 'method' | 'headers' | 'body'> {
  const options = [
    ...text.matchAll(
      /(?:^| )(-H|-d|-F|-X|--data-urlencode) ([\s\S]*?)(?= (?:-H|-d|-F|-X|--data-urlencode) |$)/g,
    ),
  ];
  const valuesOf = (option: string) => options.filter((one) => one[1] === option).map((one) => one[2] ?? '');
  const headers = Object.fromEntries(valuesOf('-H').map((line) => line.split(': ') as [string, string]));
  const form = valuesOf('-F').map((field) => field.split(/=(.*)/s));
  const data = [
    ...valuesOf('-d'),
    ...valuesOf('--data-urlencode').map((field) => {
      const [key = '', value = ''] = field.split(/=(.*)/s);
      return `${key}=${encodeURIComponent(value)}`;
    }),
  ];
  const [method = form.length + data.length > 0 ? 'POST' : 'GET'] = valuesOf('-X');
  return {
    method,
    headers,
    body: form.length > 0 ? formData(form) : data.length > 0 ? data.join('&') : undefined,
  };
}

function formData(fields: readonly string[][]): FormData {
  const form = new FormData();
  for (const [key = '', value = ''] of fields) {
    if (value.startsWith('@')) form.set(key, new Blob([recordedKey()]), basename(value));
    else form.set(key, value);
  }
  return form;
}

/** The public key of the investigator who recorded. */
function recordedKey(): string {
  return JSON.parse(readFileSync(join(SAMPLES, 'api-publickey.json'), 'utf8')).body;
}

function timeOf(text: string): number {
  return Date.parse(/"Date: ([^"]+)"/.exec(text)?.[1] ?? '');
}

/** The number of a failed request counts up. */
function codeOf(text: string): number {
  return Number(/"code": "(\d+)"/.exec(text)?.[1] ?? 0);
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
}
