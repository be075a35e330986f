import { MigError } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { parseField } from '../../contract/parse-field.ts';
import { readStoredSweep } from '../../contract/sweep/document.ts';
import { Signatures, WaiverDocument } from '../../contract/sweep/requests.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { endpointsNamed } from '../../platform/postgres/queries/sweeps/search-items.ts';
import type { SweepRow } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { insertWaiver } from '../../platform/postgres/queries/sweeps/waivers.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { requireSigners } from './verify-document.ts';

const MAX_WAIVER_BYTES = 64 * 1024;

/** Accepts a signed waiver; returns its id. Every signer must have the right to create sweeps. */
export async function acceptWaiver(
  deps: ApiDeps,
  row: SweepRow,
  posted: { document: string; signatures: string; caller: AuditCaller },
): Promise<number> {
  if (Buffer.byteLength(posted.document) > MAX_WAIVER_BYTES) {
    throw new MigError('body_too_large', `waiver: is over ${MAX_WAIVER_BYTES} bytes`);
  }
  const waiver = parseField('waiver', WaiverDocument, posted.document);
  const signatures = parseField('signatures', Signatures, posted.signatures);
  if (waiver.sweep !== row.name || waiver.sweepid !== row.id) {
    throw new MigError('conflict', `the waiver is for the sweep '${waiver.sweep}', not for '${row.name}'`);
  }
  if (!readStoredSweep(row).checks.some(({ id }) => id === waiver.check)) {
    throw new MigError('not_found', `the sweep has no check '${waiver.check}'`);
  }
  if (unixMillis(waiver.until) <= deps.now()) {
    throw new MigError('parameter_invalid', `waiver until: ${waiver.until} is in the past`);
  }
  await requireEndpoints(deps.pool, row, waiver);
  const signers = await requireSigners(deps, [posted.document], signatures);
  const [first] = signers;
  if (first === undefined) throw new MigError('internal', 'a verified waiver has no signer');
  const { check, agents, queuelocs, why, until } = waiver;
  return auditedChange(deps, async (db) => {
    const id = await insertWaiver(db, {
      sweepid: row.id,
      document: posted.document,
      signatures: JSON.stringify(signatures),
      checkid: check,
      agents,
      queuelocs,
      why,
      until,
      signedby: first.id,
    });
    const detail = {
      sweep: row.name,
      check,
      agents: agents.slice(0, 20),
      queuelocs: queuelocs.slice(0, 20),
      until,
      signers: signers.map(({ pgpfingerprint }) => pgpfingerprint),
    };
    return { result: id, entry: { ...posted.caller, kind: 'waiver', outcome: 'done', objectId: id, detail } };
  });
}

/** Names say which endpoints are meant only together with their queue names: an endpoint can take any name. */
async function requireEndpoints(
  db: Queryable,
  { id, name }: SweepRow,
  { agents, queuelocs }: WaiverDocument,
): Promise<void> {
  if ((agents.length === 0) !== (queuelocs.length === 0)) {
    throw new MigError(
      'parameter_invalid',
      'waiver agents and queuelocs: give both or neither; a name alone covers no endpoint',
    );
  }
  const named = new Set(await endpointsNamed(db, { sweepid: id, queuelocs, agents }));
  const unknown = queuelocs.find((queueloc) => !named.has(queueloc));
  if (unknown === undefined) return;
  throw new MigError(
    'not_found',
    `waiver queuelocs: '${unknown}' is no endpoint of the sweep '${name}' with one of these names`,
  );
}
