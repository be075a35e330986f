import { defineQuery } from '../define-query.ts';
import { Parameters } from './schema.ts';

/** Asks the running module whether it is there (spec/modules/audit.md#query). */
export const auditRun = defineQuery({ parameters: Parameters });
