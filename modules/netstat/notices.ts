import type { ModuleResult } from '../../contract/module-result.ts';
import type { RunTerms } from '../module.ts';

/** The shares of errors and of limits, which are listed twice, in a result of limited size. */
const SHARE_OF_ERRORS = 0.1;
const SHARE_OF_LIMITS = 0.04;
const MAX_TEXTS = 100;
/** JSON's quotes, comma and escapes around a text. */
const OVERHEAD_BYTES = 16;

/** The errors of a result, and those of them that report a limit. Of each there are as many as fit. */
export function noticesOf(
  { errors, limits }: { errors: readonly string[]; limits: readonly string[] },
  { maxBytes, asMig }: RunTerms,
): Pick<ModuleResult, 'errors' | 'limits'> {
  const shownErrors = cut(errors, { maxBytes: maxBytes * SHARE_OF_ERRORS, more: 'more errors' });
  const shownLimits = cut(limits, { maxBytes: maxBytes * SHARE_OF_LIMITS, more: 'more limits' });
  const all = [...shownErrors, ...shownLimits];
  return {
    errors: all.length === 0 ? null : all,
    // MIG's own programs compare results by the keys that they know.
    limits: shownLimits.length === 0 || asMig ? undefined : shownLimits,
  };
}

function cut(texts: readonly string[], { maxBytes, more }: { maxBytes: number; more: string }): string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const text of texts.slice(0, MAX_TEXTS)) {
    bytes += Buffer.byteLength(text) + OVERHEAD_BYTES;
    if (bytes > maxBytes) break;
    kept.push(text);
  }
  const missing = texts.length - kept.length;
  return missing === 0 ? kept : [...kept, `${missing} ${more}`];
}
