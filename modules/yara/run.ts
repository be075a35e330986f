import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import { defineRun, failedResult } from '../define-run.ts';
import { findFiles } from '../file/find-files.ts';
import { NO_TERMS, type RunTerms } from '../module.ts';
import { describeCompileErrors } from './compile-errors.ts';
import { maskResult } from './mask.ts';
import { buildResult, type Findings } from './result.ts';
import { createLargeRules } from './rules/large-rules.ts';
import { scanFiles } from './scan-files.ts';
import { type Answer, createScanner, type Scanner } from './scanner.ts';
import { Parameters } from './schema.ts';
import { findProblem, searchOf } from './validate.ts';

/** The share of the time for finding files, and that of a result for what the search reports. */
const SHARE_OF_SEARCH = { time: 0.5, bytes: 0.25 };

/** Compiles rules, finds files, and scans them (spec/modules/yara.md#running). */
export const yaraRun = defineRun({
  parameters: Parameters,
  findProblem,
  async run(parameters, { terms = NO_TERMS }): Promise<ModuleResult> {
    const scanner = createScanner(parameters.yara);
    try {
      const compiled = await scanner.compile({
        cpuMs: Number.POSITIVE_INFINITY,
        endsAtMs: terms.endsAtMs,
      });
      if (compiled.type !== 'compiled') return refuse(compiled);
      return buildResult(await findAndScan(parameters, { scanner, terms }), terms);
    } finally {
      // Nothing waits for a thread that loops: the process of the module ends with its result.
      void scanner.stop(0);
    }
  },
  mask: maskResult,
});

function refuse(answer: Answer): ModuleResult {
  if (answer.type === 'refused') return { ...EMPTY_RESULT, errors: describeCompileErrors(answer.errors) };
  if (answer.type === 'crashed') return failedResult(`the rules cannot be compiled: ${answer.message}`);
  return failedResult('the time was over before the rules were compiled');
}

async function findAndScan(
  parameters: Parameters,
  { scanner, terms }: { scanner: Scanner; terms: RunTerms },
): Promise<Findings> {
  const found: Findings = { matches: [], errors: [], limits: [] };
  if (parameters.filesearch === '') return found;
  const files = await findFiles(searchOf(parameters).parameters, termsOfSearch(terms));
  // MIG's module does not pass on the errors of the search.
  if (!terms.asMig) found.errors.push(...files.errors.filter((error) => !files.limits.includes(error)));
  found.limits.push(...files.limits);
  const largeRules = createLargeRules(parameters.yara);
  await scanFiles(files.paths, { scanner, largeRules, endsAtMs: terms.endsAtMs, found });
  return found;
}

function termsOfSearch(terms: RunTerms): RunTerms {
  const nowMs = performance.now();
  return {
    ...terms,
    endsAtMs: nowMs + (terms.endsAtMs - nowMs) * SHARE_OF_SEARCH.time,
    maxBytes: terms.maxBytes * SHARE_OF_SEARCH.bytes,
  };
}
