import { z } from 'zod';
import type { ModuleResult } from '../../contract/module-result.ts';

/** The elements of a result. They are parsed, because an agent may send anything. */
const Test = z.object({
  testid: z.string(),
  name: z.string(),
  description: z.string(),
  tags: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
  iserror: z.boolean(),
  error: z.string(),
  masterresult: z.boolean(),
  hastrueresults: z.boolean(),
  results: z.array(z.object({ result: z.boolean(), identifier: z.string() })).nullable(),
});
type Test = z.infer<typeof Test>;

const Elements = z.object({
  results: z.array(Test),
  humanoutput: z.boolean().default(false),
  jsonoutput: z.boolean().default(false),
});
const Statistics = z.object({ execruntime: z.string() });

/** Formats a result in one of MIG's three forms (spec/modules/scribe.md#printed). */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const { results, humanoutput, jsonoutput } = Elements.parse(result.elements ?? { results: [] });
  const lines = results.flatMap((test) => printTest(test, { humanoutput, jsonoutput }));
  if (foundOnly) return lines;
  const { execruntime } = Statistics.parse(result.statistics ?? { execruntime: '' });
  return [...lines, ...(result.errors ?? []), `Statistics: runtime ${execruntime}`];
}

function printTest(
  test: Test,
  { humanoutput, jsonoutput }: { humanoutput: boolean; jsonoutput: boolean },
): string[] {
  if (humanoutput) return printForPeople(test);
  return jsonoutput ? [JSON.stringify(test)] : printLines(test);
}

function printLines({ testid, name, iserror, error, masterresult, hastrueresults, results }: Test): string[] {
  const who = `name:"${name === '' ? testid : name}" id:"${testid}"`;
  const master = iserror ? 'error' : String(masterresult);
  return [
    `master [${master}] ${who} hastrue:${hastrueresults} error:"${error}"`,
    ...(results ?? []).map(({ result, identifier }) => `sub [${result}] ${who} identifier:"${identifier}"`),
  ];
}

/** MIG indents with a tab, which a terminal of `mig` would show as an escape. */
function printForPeople(test: Test): string[] {
  const { testid, name, description, tags, iserror, error, results } = test;
  return [
    name === '' ? `result for "${testid}"` : `result for "${name}" (${testid})`,
    ...(description === '' ? [] : [`  description: ${description}`]),
    `  master result: ${masterText(test)}`,
    ...(tags ?? []).map(({ key, value }) => `  tag: ${key}: ${value}`),
    ...(iserror ? [`  [error] error: ${error}`] : []),
    ...(results ?? []).map(({ result, identifier }) => `  [${result}] identifier: "${identifier}"`),
  ];
}

function masterText({ masterresult, hastrueresults }: Test): string {
  if (!masterresult && hastrueresults) return 'false, has true results, failure caused by dependency';
  return String(masterresult);
}
