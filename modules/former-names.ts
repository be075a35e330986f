import { recordOf, texts } from '../contract/fields.ts';
import { readAs } from '../contract/read-as.ts';
import { defineModule } from './define-module.ts';
import { netstat } from './netstat/module.ts';

const MAX_LISTS = 10_000;

/** Lists of addresses by a name of the investigator's own. */
const Lists = recordOf(texts, MAX_LISTS);
type Lists = Record<string, string[]>;

/**
 * `connected` became the check `connectedip` of module `netstat`. MIG's last release refuses the old name, but two of the
 * actions that it ships have it. They run as searches of `netstat`.
 */
export const connected = defineModule<Lists>({
  name: 'connected',
  summary: 'the former name of netstat, for connected addresses only',
  parameters: Lists,
  described: Lists,
  findProblem: (lists) => netstat.checkParameters(toNetstat(lists)),
  *checkParametersInSteps(parameters) {
    const parsed = readAs(Lists, parameters ?? {});
    if (!parsed.success) return parsed.problem;
    return yield* netstat.checkParametersInSteps?.(toNetstat(parsed.data)) ?? [];
  },
  print: netstat.print,
  about: netstat.about,
  async loadRun() {
    const run = await netstat.loadRun();
    return {
      ...run,
      async run(parameters, context) {
        const parsed = readAs(Lists, parameters ?? {});
        if (parsed.success) return run.run(toNetstat(parsed.data), context);
        return run.failed(`ReadInputParameters() -> json: ${parsed.problem}`);
      },
    };
  },
});

function toNetstat(lists: Lists) {
  return { connectedip: Object.values(lists).flat() };
}
