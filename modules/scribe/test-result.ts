import type { PolicyTest } from './schema.ts';

/** The result of a test, as MIG writes it. */
export interface TestResult {
  testid: string;
  name: string;
  description: string;
  tags?: { key: string; value: string }[];
  iserror: boolean;
  error: string;
  masterresult: boolean;
  hastrueresults: boolean;
  results: SubResult[] | null;
}

/** Of one value. */
export interface SubResult {
  result: boolean;
  identifier: string;
}

export function emptyResult({ test, name, description, tags }: PolicyTest): TestResult {
  return {
    testid: test,
    name,
    description,
    ...(tags.length > 0 && { tags }),
    iserror: false,
    error: '',
    masterresult: false,
    hastrueresults: false,
    results: null,
  };
}
