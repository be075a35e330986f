import { hostname } from 'node:os';

const MAX_TEXT = 400;
/** Larger numbers are ids that a clock or chance made. */
const MAX_ID = 1_000_000;
const EXAMPLE_TIME = '2026-03-02T10:00:00Z';
const SECRET_NAMES = /^(token|key|apikey|loaderkey|secret|password)$/i;
/** No client may take it for a secret, nor a scanner for a leak. */
const NO_SECRET = 'not-a-real-secret';

/** Replaces what differs between two recordings, and what must not be published, in an answer of the API. */
export function normalizeExample(value: unknown, name = ''): unknown {
  if (typeof value === 'string')
    return SECRET_NAMES.test(name) && value !== '' ? NO_SECRET : normalizeText(value);
  if (typeof value === 'number') return normalizeNumber(value);
  if (Array.isArray(value)) return normalizeList(value, name);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [normalizeText(key), normalizeExample(one, key)]),
  );
}

/** One of each kind: items differ in the names of their data, and all others are alike. */
function normalizeList(list: readonly unknown[], name: string): unknown[] {
  if (name !== 'items') return list.slice(0, 1).map((one) => normalizeExample(one));
  const kinds = new Map<string, unknown>();
  for (const one of list) {
    const kind = kindOf(one);
    if (!kinds.has(kind)) kinds.set(kind, one);
  }
  return [...kinds.values()].map((one) => normalizeExample(one));
}

function kindOf(item: unknown): string {
  const { data } = (item ?? {}) as { data?: { name?: unknown }[] };
  return Array.isArray(data) ? data.map(({ name }) => String(name)).join() : JSON.stringify(item);
}

function normalizeNumber(value: number): number {
  if (!Number.isInteger(value)) return 1.5;
  return value > MAX_ID ? 5 : value;
}

function normalizeText(text: string): string {
  if (text.includes('-----BEGIN PGP')) return shortArmor(text);
  const normalized = text
    .replaceAll(hostname(), 'web1.example.net')
    .replace(/https?:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+/g, 'https://mig.example.net')
    .replace(/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, EXAMPLE_TIME)
    .replace(/\b[0-9A-F]{40}\b/g, 'E60892BB9BD89A69F759A1A0A3D652173B763E8F')
    .replace(/\b[0-9a-f]{64}\b/g, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    .replace(/\/(tmp|var\/tmp|home|root|work)\/[^\s"',:]*/g, '/srv/example')
    .replace(/([A-Za-z0-9+/]{24})[A-Za-z0-9+/]{40,}={0,2}/g, '$1…')
    .replace(/\b\d{7,}(\.0*)?\b/g, '5');
  return normalized.length > MAX_TEXT ? `${normalized.slice(0, MAX_TEXT)}…` : normalized;
}

function shortArmor(text: string): string {
  const kind = /-----BEGIN PGP ([A-Z ]+)-----/.exec(text)?.[1] ?? 'MESSAGE';
  if (kind.includes('PRIVATE')) return NO_SECRET;
  return `-----BEGIN PGP ${kind}-----\n\n…\n-----END PGP ${kind}-----\n`;
}
