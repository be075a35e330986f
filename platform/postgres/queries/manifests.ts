import type { ManifestEntry } from '../../../contract/rules/manifest.ts';
import type { ManifestStatus } from '../../../contract/statuses.ts';
import type { Queryable } from '../pool.ts';
import { readRow } from '../read-row.ts';

/** A manifest without its content. */
export interface ManifestRow {
  id: number;
  name: string;
  timestamp: string;
  status: ManifestStatus;
  target: string;
  /** When its signatures were removed. */
  withdrawnat: string | null;
}

export interface ManifestSignature {
  investigatorid: number;
  pgpsignature: string;
}

export const MANIFEST_COLUMNS = `
  id,
  name,
  timestamp,
  status,
  target,
  withdrawnat`;

export interface NewManifestRow {
  name: string;
  target: string;
  content: string;
  files: readonly (ManifestEntry & { data: Buffer })[];
}

/** Adds a manifest, which is staged, with its files. */
export async function insertManifest(db: Queryable, manifest: NewManifestRow): Promise<number> {
  const { id } = await readRow<{ id: number }>(db, {
    text: `INSERT INTO manifests (
       name,
       content,
       timestamp,
       status,
       target
     )
     VALUES ($1, $2, now(), 'staged', $3)
     RETURNING id`,
    values: [manifest.name, manifest.content, manifest.target],
  });
  for (const [place, { name: file, sha256, data }] of manifest.files.entries()) {
    // One statement each: together they may have many megabytes.
    await db.query(
      `INSERT INTO manifest_files (
         manifestid,
         place,
         name,
         sha256,
         data
       )
       VALUES ($1, $2, $3, decode($4, 'hex'), $5)`,
      [id, place, file, sha256, data],
    );
  }
  return id;
}

export async function manifestById(db: Queryable, id: number): Promise<ManifestRow | undefined> {
  const { rows } = await db.query<ManifestRow>(
    `SELECT ${MANIFEST_COLUMNS}
     FROM manifests
     WHERE id = $1`,
    [id],
  );
  return rows[0];
}

/** As `manifestById`, and locks the manifest until the transaction ends. */
export async function lockManifest(db: Queryable, id: number): Promise<ManifestRow | undefined> {
  const { rows } = await db.query<ManifestRow>(
    `SELECT ${MANIFEST_COLUMNS}
     FROM manifests
     WHERE id = $1
     FOR NO KEY UPDATE`,
    [id],
  );
  return rows[0];
}

/** The archive as it was posted, in base64. */
export async function manifestContent(db: Queryable, id: number): Promise<string> {
  const { content } = await readRow<{ content: string }>(db, {
    text: `SELECT content
     FROM manifests
     WHERE id = $1`,
    values: [id],
  });
  return content;
}

/** Active manifests, newest first. */
export async function activeManifests(db: Queryable): Promise<ManifestRow[]> {
  const { rows } = await db.query<ManifestRow>({
    name: 'active manifests',
    text: `SELECT ${MANIFEST_COLUMNS}
     FROM manifests
     WHERE status = 'active'
     ORDER BY timestamp DESC, id DESC`,
  });
  return rows;
}

/** The files of a manifest, in their order in the archive. */
export async function manifestEntries(db: Queryable, id: number): Promise<ManifestEntry[]> {
  const { rows } = await db.query<ManifestEntry>({
    name: 'manifest entries',
    text: `SELECT
       name,
       encode(sha256, 'hex') AS sha256
     FROM manifest_files
     WHERE manifestid = $1
     ORDER BY place`,
    values: [id],
  });
  return rows;
}

/** A file of a manifest, compressed by gzip. */
export async function manifestFile(db: Queryable, id: number, name: string): Promise<Buffer | undefined> {
  const { rows } = await db.query<{ data: Buffer }>(
    `SELECT data
     FROM manifest_files
     WHERE manifestid = $1 AND name = $2`,
    [id, name],
  );
  return rows[0]?.data;
}

export async function manifestSignatures(db: Queryable, id: number): Promise<ManifestSignature[]> {
  const { rows } = await db.query<ManifestSignature>({
    name: 'manifest signatures',
    text: `SELECT investigatorid, pgpsignature
     FROM manifestsig
     WHERE manifestid = $1
     ORDER BY investigatorid`,
    values: [id],
  });
  return rows;
}

/** Adds a signature; false when the investigator has signed the manifest before. */
export async function addManifestSignature(
  db: Queryable,
  id: number,
  { investigatorid, pgpsignature }: ManifestSignature,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO manifestsig (
       manifestid,
       investigatorid,
       pgpsignature
     )
     VALUES ($1, $2, $3)
     ON CONFLICT (manifestid, investigatorid) DO NOTHING`,
    [id, investigatorid, pgpsignature],
  );
  return rowCount === 1;
}

/** Removes all signatures; those made before now do not come back. */
export async function withdrawSignatures(db: Queryable, id: number): Promise<void> {
  await db.query(
    `DELETE FROM manifestsig
     WHERE manifestid = $1`,
    [id],
  );
  await db.query(
    `UPDATE manifests
     SET withdrawnat = now()
     WHERE id = $1`,
    [id],
  );
}

export async function setManifestStatus(db: Queryable, id: number, status: ManifestStatus): Promise<void> {
  await db.query(
    `UPDATE manifests
     SET status = $2
     WHERE id = $1`,
    [id, status],
  );
}
