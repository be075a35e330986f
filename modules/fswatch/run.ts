import { defineQuery } from '../define-query.ts';
import { Parameters } from './schema.ts';

/** Asks the running module whether it is there (spec/modules/fswatch.md#query). */
export const fswatchRun = defineQuery({ parameters: Parameters });
