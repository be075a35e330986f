import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type ApiAnswer, type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { type KeyFiles, loadKeyFiles } from '../../dev/stack/keys.ts';
import type { Rig } from './rig.ts';

interface Investigator {
  id: number;
  key: KeyFiles;
  api: ApiCaller;
}

/** Creates an investigator with these permissions, as the administrator. */
export async function createInvestigatorWith(
  rig: Pick<Rig, 'slot' | 'bob' | 'apiUrl'>,
  permissions: Record<string, boolean>,
): Promise<Investigator> {
  const id = `attacker-${randomUUID()}`;
  const key = await loadKeyFiles(join(rig.slot.services.home, rig.slot.name, 'keys'), { id, name: id });
  const answer = await createInvestigator(rig.bob, { name: id, permissions, publickey: key.publicKey });
  if (answer.status !== 201) throw new Error(`creating answered ${answer.status}: ${answer.text}`);
  return {
    id: answer.body.collection.items[0].data[0].value.id,
    key,
    api: await createApiCaller(rig.apiUrl, key),
  };
}

export function createInvestigator(
  api: ApiCaller,
  { name, permissions, publickey }: { name: string; permissions: Record<string, boolean>; publickey: string },
): Promise<ApiAnswer> {
  const form = new FormData();
  form.set('name', name);
  form.set('permissions', JSON.stringify(permissions));
  form.set('publickey', new Blob([publickey]), 'key.asc');
  return api.send('/investigator/create/', { method: 'POST', body: form });
}
