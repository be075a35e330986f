import { defineQuery } from '../define-query.ts';
import { findProblem, Parameters } from './schema.ts';

/** Forwards the text to the running module (spec/modules/examplepersist.md#query). */
export const examplepersistRun = defineQuery({ parameters: Parameters, findProblem });
