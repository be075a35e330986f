import type { Check } from './check.ts';
import { VERSION_CHECKS } from './checks/versions.ts';

/** Every check, in the order of the table. */
export const CHECKS: readonly Check[] = [...VERSION_CHECKS];
