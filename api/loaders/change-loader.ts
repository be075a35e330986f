import { MigError } from '../../contract/errors.ts';
import type { NewLoader } from '../../contract/loader.ts';
import { KEY_PREFIX_LENGTH, SECRET_KEY_LENGTH } from '../../contract/rules/secret-key.ts';
import {
  insertLoader,
  type LoaderChange,
  type LoaderRow,
  updateLoader,
} from '../../platform/postgres/queries/loaders.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import { createSecretText, hashSecret } from '../auth/secret-key.ts';
import type { ApiDeps } from '../context.ts';

/** A loader's key as it is shown once. */
interface CreatedLoader {
  id: number;
  prefix: string;
  key: string;
}

/** Registers a loader, which is disabled at first; throws `conflict` when the name is taken. */
export async function createLoader(
  deps: ApiDeps,
  caller: AuditCaller,
  { name, expectenv }: NewLoader,
): Promise<CreatedLoader> {
  const prefix = createSecretText(KEY_PREFIX_LENGTH);
  const key = createSecretText(SECRET_KEY_LENGTH);
  const stored = await hashSecret(key);
  return auditedChange(deps, async (db) => {
    const id = await insertLoader(db, { name, prefix, expectenv, ...stored });
    if (id === undefined) throw new MigError('conflict', `loader: one with the name ${name} exists already`);
    return {
      entry: {
        ...caller,
        kind: 'loader_created',
        outcome: 'done',
        objectId: id,
        detail: { name, expectenv },
      },
      result: { id, prefix, key },
    };
  });
}

/** Enables or disables a loader, or changes what it is expected to send. */
export async function changeLoader(
  deps: ApiDeps,
  caller: AuditCaller,
  { id, change }: { id: number; change: Omit<LoaderChange, 'key'> },
): Promise<LoaderRow> {
  return auditedChange(deps, async (db) => {
    const loader = requireRow(id, await updateLoader(db, id, change));
    const detail = { name: loader.loadername, ...change };
    return {
      entry: { ...caller, kind: 'loader_changed', outcome: 'done', objectId: id, detail },
      result: loader,
    };
  });
}

/** Replaces the key of a loader; the prefix stays. */
export async function renewLoaderKey(
  deps: ApiDeps,
  caller: AuditCaller,
  id: number,
): Promise<{ loader: LoaderRow; key: string }> {
  const key = createSecretText(SECRET_KEY_LENGTH);
  const stored = await hashSecret(key);
  return auditedChange(deps, async (db) => {
    const loader = requireRow(id, await updateLoader(db, id, { key: stored }));
    const detail = { name: loader.loadername, renewed: true };
    return {
      entry: { ...caller, kind: 'loader_changed', outcome: 'done', objectId: id, detail },
      result: { loader, key },
    };
  });
}

function requireRow(id: number, loader: LoaderRow | undefined): LoaderRow {
  if (loader) return loader;
  throw new MigError('not_found', `Loader ID '${id}' not found`);
}
