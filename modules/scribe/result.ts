import type { ModuleResult } from '../../contract/module-result.ts';
import type { TestResult } from './evaluate.ts';
import type { Parameters } from './schema.ts';
import type { Session } from './session.ts';

/** The shares of a result of limited size. */
const SHARE_OF_TESTS = 0.6;
const SHARE_OF_ERRORS = 0.25;
/** Quotes, comma and escapes around a text. */
const OVERHEAD_BYTES = 16;

/** Builds the result of a run (spec/modules/scribe.md#results). The errors of tests come first, as in MIG. */
export function buildResult(
  results: readonly TestResult[],
  { parameters, session, execruntime }: { parameters: Parameters; session: Session; execruntime: string },
): ModuleResult {
  const { onlytrue, humanoutput, jsonoutput } = parameters;
  const wanted = onlytrue ? results.filter(({ masterresult }) => masterresult) : results;
  const fitting = cutTests(wanted, session);
  return {
    foundanything: fitting.length > 0,
    success: true,
    elements: { results: fitting, humanoutput, jsonoutput },
    statistics: { execruntime },
    ...errorsOf(results, session),
  };
}

function cutTests(results: readonly TestResult[], { terms, limit }: Session): TestResult[] {
  const maxBytes = terms.maxBytes * SHARE_OF_TESTS;
  if (maxBytes === Number.POSITIVE_INFINITY) return [...results];
  let bytes = 0;
  const fitting = results.filter((result) => {
    const size = Buffer.byteLength(JSON.stringify(result)) + 1;
    if (bytes + size > maxBytes) return false;
    bytes += size;
    return true;
  });
  const missing = results.length - fitting.length;
  if (missing > 0) {
    limit(
      `${missing} of ${results.length} tests were not returned: they may take ${Math.floor(maxBytes)} bytes`,
    );
  }
  return fitting;
}

function errorsOf(
  results: readonly TestResult[],
  { terms, errors, limits }: Session,
): Pick<ModuleResult, 'errors' | 'limits'> {
  const ofTests = results
    .filter(({ iserror }) => iserror)
    .map(({ error, testid }) => `Error: ${error} in "${testid}"`);
  const all = [...ofTests, ...errors];
  const selected = cutTexts(all, terms.maxBytes * SHARE_OF_ERRORS);
  const missing = all.length - selected.length;
  const reported = missing === 0 ? limits : [...limits, `${missing} errors were not returned`];
  const texts = [...selected, ...reported];
  return {
    errors: texts.length === 0 ? null : texts,
    ...(reported.length > 0 && !terms.asMig && { limits: reported }),
  };
}

function cutTexts(texts: readonly string[], maxBytes: number): readonly string[] {
  let bytes = 0;
  const end = texts.findIndex((text) => {
    bytes += Buffer.byteLength(text) + OVERHEAD_BYTES;
    return bytes > maxBytes;
  });
  return end < 0 ? texts : texts.slice(0, end);
}
