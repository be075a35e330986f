import type { Guides } from '../../contract/error-guide/guide.ts';

/** A list of errors, for docs/errors.md. */
export function renderErrors(guides: Guides): string {
  return Object.entries(guides)
    .map(([code, { status, cause, next }]) => {
      const shown = status === undefined ? '' : ` (${status})`;
      return `- \`${code}\`${shown}: ${cause} *Next:* ${next}`;
    })
    .join('\n');
}
