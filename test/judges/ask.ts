import { errorMessage } from '../../contract/errors.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { isBuiltWithout } from '../../dev/mig-agent.ts';
import { createResources } from '../../platform/async/resources.ts';
import { runModule } from '../setup/module-process.ts';
import { type Difference, explain, findDifferences, isUnexplained } from './differences.ts';
import { factsOf } from './facts.ts';
import { findProgram } from './programs.ts';
import type { Judge, ModuleQuestions, Question } from './question.ts';

/** How one judge's answer to one question compares with ours. */
export interface Outcome {
  module: string;
  judge: string;
  question: string;
  differences: readonly Difference[];
  /** The lines of our answer. */
  lines: number;
  /** Why the judge was not asked. */
  notAsked?: string;
}

export interface Programs {
  agent: string;
  mig: string | undefined;
}

export const MIG = "MIG's agent";
const NOT_BUILT_IN = 'it was built without this module';
export const NO_MIG = 'its executable is not given (see --mig)';
/** What differs each time is a difference. What differs once is a machine at work. */
const ATTEMPTS = 3;
const TIMEOUT_MS = 300_000;

export async function askModule({ module, open }: ModuleQuestions, programs: Programs): Promise<Outcome[]> {
  await using resources = createResources();
  const outcomes: Outcome[] = [];
  for (const question of await open(resources)) {
    for (const judge of question.judges ?? []) {
      const why = judge.whyNot ?? whyAbsent(judge);
      outcomes.push(
        why === undefined
          ? await compare(judge, { question, module, agent: programs.agent })
          : notAsked(why, { module, judge: judge.program, question }),
      );
    }
    outcomes.push(await compareWithMig(question, module, programs));
  }
  return outcomes;
}

function whyAbsent({ program }: Judge): string | undefined {
  return findProgram(program) === undefined ? `${program} is not on the PATH` : undefined;
}

async function compareWithMig(
  question: Question,
  module: string,
  { agent, mig }: Programs,
): Promise<Outcome> {
  const how = question.mig ?? {};
  if (typeof how === 'string') return notAsked(how, { module, judge: MIG, question });
  if (mig === undefined) return notAsked(NO_MIG, { module, judge: MIG, question });
  if (isBuiltWithout(mig, module)) return notAsked(NOT_BUILT_IN, { module, judge: MIG, question });
  const { facts = factsOf, explained = [] } = how;
  const judge: Judge = {
    program: MIG,
    theirs: async () => facts(await ask(question, { module, executable: mig })),
    ours: facts,
    explained,
  };
  return compare(judge, { question, module, agent });
}

function notAsked(
  why: string,
  { module, judge, question }: { module: string; judge: string; question: Question },
): Outcome {
  return { module, judge, question: question.what, differences: [], lines: 0, notAsked: why };
}

async function compare(
  judge: Judge,
  { question, module, agent }: { question: Question; module: string; agent: string },
): Promise<Outcome> {
  const askOurs = async () => judge.ours(await ask(question, { module, executable: agent }));
  let constant: Difference[] | undefined;
  let lines = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { found, count } = await compareOnce(judge, askOurs);
    lines = count;
    constant = constant === undefined ? found : constant.filter((one) => isIn(one, found));
    if (!explain(constant, judge.explained).some(isUnexplained)) break;
  }
  return {
    module,
    judge: judge.program,
    question: question.what,
    differences: explain(constant ?? [], judge.explained),
    lines,
  };
}

function isIn({ side, line }: Difference, others: readonly Difference[]): boolean {
  return others.some((other) => other.side === side && other.line === line);
}

async function compareOnce(
  judge: Judge,
  askOurs: () => Promise<readonly string[]>,
): Promise<{ found: Difference[]; count: number }> {
  const before = await linesOrFailure(() => judge.theirs());
  const ours = await linesOrFailure(askOurs);
  const found = findDifferences({ before, after: before, ours }, judge.isNear);
  const count = ours.length;
  if (found.length === 0) return { found, count };
  const after = await linesOrFailure(() => judge.theirs());
  return { found: findDifferences({ before, after, ours }, judge.isNear), count };
}

async function linesOrFailure(
  answer: () => readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    return await answer();
  } catch (error) {
    return [`failed: ${errorMessage(error).split('\n', 1)[0]}`];
  }
}

function ask(
  { parameters, terms, wrapper, env }: Question,
  { module, executable }: { module: string; executable: string },
): Promise<ModuleResult> {
  return runModule(module, parameters, {
    agent: executable,
    ...(terms === null && { terms }),
    ...(wrapper && { wrapper }),
    ...(env && { env }),
    timeout: TIMEOUT_MS,
  });
}
