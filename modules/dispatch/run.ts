import { defineQuery } from '../define-query.ts';
import { Parameters } from './schema.ts';

/** Asks the running module whether it is there (spec/modules/dispatch.md#query). */
export const dispatchRun = defineQuery({ parameters: Parameters });
