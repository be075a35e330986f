import { z } from 'zod';
import type { ModuleResult } from '../../contract/module-result.ts';

/** The printed part of a result. It is parsed, because an agent may send anything. */
const Elements = z.object({
  keys: z
    .array(
      z.object({
        path: z.string(),
        type: z.string(),
        encrypted: z.boolean(),
        fingerprint_md5: z.string(),
        fingerprint_sha256: z.string(),
      }),
    )
    .nullable(),
});
type Key = NonNullable<z.infer<typeof Elements>['keys']>[number];

/** Formats a result as MIG does: a line for each key, and the errors unless `foundOnly`. */
export function printResult(
  { elements, errors }: ModuleResult,
  { foundOnly }: { foundOnly: boolean },
): string[] {
  const keys = elements === null ? [] : (Elements.parse(elements).keys ?? []);
  return [...keys.map(printKey), ...(foundOnly ? [] : (errors ?? []))];
}

function printKey({ path, type, encrypted, fingerprint_md5, fingerprint_sha256 }: Key): string {
  const encryption = type === 'private' ? ` encrypted=${encrypted}` : '';
  const [md5, sha256] = [fingerprint_md5, fingerprint_sha256].map((text) => (text === '' ? 'unknown' : text));
  return `${path} [${type}]${encryption} md5fp=${md5} sha256fp=${sha256}`;
}
