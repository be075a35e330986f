import type { FileContent, FileName, HasLine, Package, PolicyObject } from './schema.ts';

/** A value that an object has, and where it comes from. */
export interface Criterion {
  identifier: string;
  value: string;
}

/** The source of an object: the first of its kinds that is filled in. Only that one is checked and used. */
export type Source =
  | ({ type: 'package' } & Package)
  | ({ type: 'filecontent' } & FileContent)
  | ({ type: 'filename' } & FileName)
  | ({ type: 'hasline' } & HasLine)
  | { type: 'raw'; identifiers: Criterion[] };

/** Returns undefined for an object without a source. */
export function sourceOf(object: PolicyObject): Source | undefined {
  const { filecontent, filename, hasline, raw } = object;
  if (object.package.name !== '') return { type: 'package', ...object.package };
  if (filecontent.path !== '') return { type: 'filecontent', ...filecontent };
  if (filename.path !== '') return { type: 'filename', ...filename };
  if (raw.identifiers.length > 0) return { type: 'raw', identifiers: raw.identifiers };
  if (hasline.path !== '') return { type: 'hasline', ...hasline };
  return undefined;
}
