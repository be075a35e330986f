import type { ModuleResult } from '../../contract/module-result.ts';
import type { Parameters } from './schema.ts';
import type { Session } from './session.ts';
import type { TestResult } from './test-result.ts';
import { bytesOf, type TestRoom } from './test-room.ts';

/** The shares of a result of limited size, besides that of tests. Limits are listed twice. */
const SHARE_OF_ERRORS = 0.25;
const SHARE_OF_LIMITS = 0.05;
const MAX_ID_LENGTH = 64;

interface Finished {
  parameters: Parameters;
  session: Session;
  room: TestRoom;
  execruntime: string;
}

/** Builds the result of a run (spec/modules/scribe.md#results). The errors of tests come first, as in MIG. */
export function buildResult(
  results: readonly TestResult[],
  { parameters, session, room, execruntime }: Finished,
): ModuleResult {
  const { humanoutput, jsonoutput } = parameters;
  const wanted = results.filter(room.isWanted);
  const fitting = cutTests(wanted, room.maxBytes);
  const limits = [...missingTests(wanted, { fitting, room }), ...missingSubResults(fitting, room)];
  return {
    foundanything: wanted.length > 0,
    success: true,
    elements: { results: fitting, humanoutput, jsonoutput },
    statistics: { execruntime },
    ...errorsOf(results, { session, limits }),
  };
}

/** Whole tests are dropped only where they do not even fit without sub-results; true ones are kept first. */
function cutTests(wanted: readonly TestResult[], maxBytes: number): TestResult[] {
  if (maxBytes === Number.POSITIVE_INFINITY) return [...wanted];
  let bytes = 0;
  const hasRoom = (result: TestResult): boolean => {
    const size = bytesOf(result);
    if (bytes + size > maxBytes) return false;
    bytes += size;
    return true;
  };
  const isTrue = ({ masterresult }: TestResult) => masterresult;
  const kept = new Set(wanted.filter(isTrue).filter(hasRoom));
  for (const result of wanted) if (!isTrue(result) && hasRoom(result)) kept.add(result);
  return wanted.filter((result) => kept.has(result));
}

function missingTests(
  wanted: readonly TestResult[],
  { fitting, room }: { fitting: readonly TestResult[]; room: TestRoom },
): string[] {
  const missing = wanted.length - fitting.length;
  if (missing === 0) return [];
  return [
    `${missing} of ${wanted.length} tests were not returned: they may take ${Math.floor(room.maxBytes)} bytes`,
  ];
}

function missingSubResults(fitting: readonly TestResult[], { countOf }: TestRoom): string[] {
  const missingOf = (result: TestResult) => countOf(result) - (result.results?.length ?? 0);
  const cut = fitting.filter((result) => missingOf(result) > 0);
  const [first] = cut;
  if (first === undefined) return [];
  const sum = (count: (result: TestResult) => number) => cut.reduce((total, one) => total + count(one), 0);
  const others = cut.length === 1 ? '' : ` and ${cut.length - 1} more`;
  const where = `test "${first.testid.slice(0, MAX_ID_LENGTH)}"${others}`;
  return [
    `${sum(missingOf)} of ${sum(countOf)} sub-results were not returned, in ${where}: true ones are kept first`,
  ];
}

function errorsOf(
  results: readonly TestResult[],
  { session: { terms, errors, limits }, limits: ofResult }: { session: Session; limits: string[] },
): Pick<ModuleResult, 'errors' | 'limits'> {
  const ofTests = results
    .filter(({ iserror }) => iserror)
    .map(({ error, testid }) => `Error: ${error} in "${testid}"`);
  const selected = cutTexts([...ofTests, ...errors], terms.maxBytes * SHARE_OF_ERRORS);
  const selectedLimits = cutTexts(limits, terms.maxBytes * SHARE_OF_LIMITS);
  const reported = [...selectedLimits.texts, ...ofResult];
  if (selectedLimits.missing > 0) reported.push(`${selectedLimits.missing} limits were not returned`);
  if (selected.missing > 0) reported.push(`${selected.missing} errors were not returned`);
  const texts = [...selected.texts, ...reported];
  return {
    errors: texts.length === 0 ? null : texts,
    ...(reported.length > 0 && !terms.asMig && { limits: reported }),
  };
}

function cutTexts(texts: readonly string[], maxBytes: number): { texts: readonly string[]; missing: number } {
  let bytes = 0;
  const end = texts.findIndex((text) => {
    bytes += bytesOf(text);
    return bytes > maxBytes;
  });
  return end < 0 ? { texts, missing: 0 } : { texts: texts.slice(0, end), missing: texts.length - end };
}
