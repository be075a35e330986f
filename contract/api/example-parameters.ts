import type { Route } from './route.ts';

/** What a parameter of this name may be, as the text that a request carries. The addresses and names are reserved ones. */
const BY_NAME: Record<string, string> = {
  fingerprint: 'E60892BB9BD89A69F759A1A0A3D652173B763E8F',
  target: "environment->>'os'='linux'",
  queueloc: 'linux.web1.example.net.abcdef',
  name: 'example',
  permissions: '{"default":true,"action_create":true}',
  loader: '{"name":"web1","expectenv":""}',
  brakes: '{"perminute":100}',
  expectenv: "environment->>'os'='linux'",
  url: 'https://siem.example.net/mig',
  version: '3',
  reason: 'The target is too wide.',
  digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  since: '2026-03-02T10:00:00Z',
  until: '2026-03-09T10:00:00Z',
};

/** Those that are too long for a command line: signed documents, signatures, keys and archives. */
const FROM_FILES = new Set([
  'action',
  'note',
  'notesignature',
  'signature',
  'signatures',
  'acl',
  'publickey',
  'manifest',
  'question',
  'parameters',
  'sweep',
  'operations',
  'runs',
  'run',
  'waiver',
]);

/** By the name of a route, where a name means something else. */
const BY_ROUTE: Record<string, Record<string, string>> = {
  setLoaderStatus: { status: 'enabled' },
  setManifestStatus: { status: 'disabled' },
  setWebhookStatus: { status: 'disabled' },
};

/** An example of a parameter; undefined for one without, and for one that a request takes from a file. */
export function exampleParameter(route: string, name: string): string | undefined {
  if (isFromFile(name)) return undefined;
  return BY_ROUTE[route]?.[name] ?? BY_NAME[name] ?? (/id$/.test(name) ? '5' : undefined);
}

export function isFromFile(name: string): boolean {
  return FROM_FILES.has(name);
}

/** The parameters that the example of a request has: the required ones, and the name of a sweep. */
export function namesOfExample({ parameters: { shape } }: Route): string[] {
  return Object.entries(shape)
    .filter(
      ([name, schema]) => !schema.safeParse(undefined).success || (name === 'name' && 'sweepid' in shape),
    )
    .map(([name]) => name);
}
