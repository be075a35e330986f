import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import { ALL_PERMISSIONS, permissionsFromMask } from '../../contract/permissions.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import type { Testbed } from '../../dev/simulation/testbed.ts';
import type { PostedSweep } from '../../dev/sweep-caller.ts';
import { type ApiRequest, makeMany, nextSerial, recordOf } from './api-case.ts';

/** What the cases ask about, and who prepares them. */
export interface CaseRig {
  testbed: Testbed;
  /** Has every permission. */
  api: ApiCaller;
  /** Every agent has answered it. */
  actionId: number;
  /** Waits for every agent. */
  upgradeId: number;
  /** Has run twice on every agent, and the verdicts of one check have turned. */
  sweep: PostedSweep;
  runId: number;
}

/** An investigator of the bench. */
export interface Made {
  id: number;
  caller: ApiCaller;
}

/** The body that creates an investigator with a new key. */
export async function newInvestigator(): Promise<{ request: ApiRequest; privateKey: string }> {
  const name = `bench-${nextSerial()}`;
  const { publicKey, privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name, email: `${name}@mig.invalid` }],
    subkeys: [],
  });
  const fields = new FormData();
  fields.set('name', name);
  fields.set('permissions', JSON.stringify(permissionsFromMask(ALL_PERMISSIONS)));
  fields.set('publickey', new Blob([publicKey]), 'key.asc');
  const packed = new Response(fields);
  const contentType = packed.headers.get('Content-Type') ?? '';
  return { request: { path: '/investigator/create/', contentType, body: await packed.text() }, privateKey };
}

/** Makes investigators with every permission. Those of earlier calls are disabled: the keyring stays as large. */
export async function makeInvestigators({ testbed, api }: CaseRig, count: number): Promise<Made[]> {
  await disableInvestigators(testbed);
  return makeMany(count, async () => {
    const { request, privateKey } = await newInvestigator();
    const headers = { 'Content-Type': request.contentType ?? '' };
    const answer = await api.send(request.path, { method: 'POST', headers, body: request.body ?? '' });
    const { id, name } = recordOf(answer);
    const privateKeyFile = join(testbed.home, `${name}.asc`);
    writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
    const caller = await createApiCaller(testbed.stack.api.url, { privateKeyFile }, { isChecked: false });
    return { id, caller };
  });
}

export async function disableInvestigators({ db }: Testbed): Promise<void> {
  await db.query(`UPDATE investigators SET status = 'disabled' WHERE name LIKE 'bench-%'`);
}

/** The target of an action to one agent; each of them is another text. */
export function targetOfOne(): string {
  return `name='bench-1' OR name='none-${nextSerial()}'`;
}
