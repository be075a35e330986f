import type { ModuleResult } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import { goDuration } from '../../contract/go/duration.ts';
import { type ModuleRun, NO_TERMS, type RunTerms } from '../module.ts';
import { type Clock, createClock, TimeIsUp } from './deadline.ts';
import { MAX_WHOLE_LINE, OVERLAP } from './evaluate/blocks.ts';
import { type Evaluating, evaluateFile } from './evaluate/evaluate-file.ts';
import { type Path, shownPath } from './filesystem/paths.ts';
import { findDepthProblem, findProblem, Parameters } from './parameters/schema.ts';
import { makePlans, type Plan } from './plan/plan.ts';
import { type Building, buildMatches, type Match } from './result/build-matches.ts';
import { returnedErrors } from './result/errors.ts';
import { createTally, type Tally } from './tally.ts';
import { cleanPath, isBelowLimit, walk } from './walk/walk.ts';

/** Searches the file system by name, size, mode, time, content and hash (spec/modules/file.md#parameters). */
export const fileRun: ModuleRun = {
  async run(input, _host, terms = NO_TERMS) {
    const parsed = Parameters.safeParse(input ?? {});
    if (!parsed.success) return failed(`ReadInputParameters() -> json: ${describeIssues(parsed.error)}`);
    const problem = findProblem(parsed.data) ?? findDepthProblem(parsed.data);
    if (problem !== undefined) return failed(problem);
    const started = process.hrtime.bigint();
    const tally = createTally();
    let plans: Plan[];
    try {
      plans = makePlans(parsed.data, cleanPath, Date.now());
    } catch (error) {
      if (error instanceof MigError) return failed(error.message);
      throw error;
    }
    const search = { plans, tally, terms, clock: createClock(terms.endsAtMs) };
    await walkAll(search);
    const elements = await buildElements(search);
    const exectime = goDuration(process.hrtime.bigint() - started);
    return {
      foundanything: tally.totalHits > 0,
      success: true,
      elements,
      statistics: statistics(tally, exectime),
      ...returnedErrors(search),
    };
  },

  failed,

  mask(result) {
    const elements = Object.fromEntries(
      Object.entries((result.elements ?? {}) as Record<string, Match[] | null>).map(([label, matches]) => [
        label,
        matches?.map((match) => (match.file === '' ? match : { ...match, file: 'masked' })) ?? null,
      ]),
    );
    // Where a search stopped is a path, too.
    const { errors, limits = [] } = result;
    const masked = errors?.map((error) => (limits.includes(error) ? 'a limit (masked)' : 'masked')) ?? null;
    return {
      ...result,
      elements,
      errors: masked,
      ...(limits.length === 0 ? {} : { limits: ['a limit (masked)'] }),
    };
  },
};

interface Run {
  plans: readonly Plan[];
  tally: Tally;
  terms: RunTerms;
  clock: Clock;
}

/** Larger files are read when all others were, the smallest first: one alone may take all the time there is. */
const LARGE_FILE = 1024 * 1024 * 1024;
/** Of an answer that is limited; the rest is for errors. */
const SHARE_OF_MATCHES = 0.7;
/** Further ones are read at once. */
const MAX_POSTPONED = 10_000;

interface Postponed {
  file: Path;
  active: readonly Plan[];
  size: number;
}

/** Evaluates everything that the searches reach, as long as there is time. */
async function walkAll({ plans, tally, terms, clock }: Run): Promise<void> {
  const postponed: Postponed[] = [];
  let looked = 0;
  let longLines = 0;
  let firstLongLine: Path | undefined;
  const evaluating: Evaluating = {
    tally,
    clock,
    maxBytes: LARGE_FILE,
    asMig: terms.asMig,
    decompress: isDecompressing(plans),
    postpone(file, active, size) {
      postponed.push({ file, active, size });
      if (postponed.length === MAX_POSTPONED) evaluating.maxBytes = Number.POSITIVE_INFINITY;
    },
    noteLongLine(file) {
      longLines++;
      firstLongLine ??= file;
    },
  };
  try {
    await walk(plans, {
      tally,
      clock,
      visit(file, active) {
        tally.filesCount++;
        return evaluateFile(file, active, evaluating);
      },
    });
    evaluating.maxBytes = Number.POSITIVE_INFINITY;
    postponed.sort((a, b) => a.size - b.size);
    for (const { file, active } of postponed) {
      looked++;
      await evaluateFile(
        file,
        active.filter((plan) => isBelowLimit(plan, tally)),
        evaluating,
      );
    }
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error;
    tally.notice(error.message);
    const unread = postponed.length - looked;
    if (unread > 0) tally.notice(`${unread} files over 1 GB were not read: the time was over`);
  }
  if (firstLongLine !== undefined) tally.notice(longLinesNotice(longLines, firstLongLine));
}

function longLinesNotice(count: number, first: Path): string {
  return `${count} files have lines over ${MAX_WHOLE_LINE} bytes, which were searched in pieces: a match of more than ${OVERLAP} bytes may be missing there; the first is ${shownPath(first)}`;
}

async function buildElements({ plans, tally, terms, clock }: Run): Promise<Record<string, Match[] | null>> {
  const elements: [string, Match[] | null][] = [];
  const building: Building = {
    tally,
    clock,
    maxBytes: LARGE_FILE,
    decompress: isDecompressing(plans),
    room: { left: terms.maxBytes * SHARE_OF_MATCHES, share: 0 },
  };
  for (const [index, plan] of plans.entries()) {
    building.room.share = building.room.left / (plans.length - index);
    elements.push([plan.label, await buildMatches(plan, building)]);
  }
  // Not by assignment: a label may be `__proto__`.
  return Object.fromEntries(elements);
}

function isDecompressing(plans: readonly Plan[]): boolean {
  return plans.some(({ search }) => search.options.decompress);
}

function failed(error: string): ModuleResult {
  return {
    foundanything: false,
    success: false,
    elements: {},
    statistics: statistics(createTally(), ''),
    errors: [error],
  };
}

function statistics(tally: Tally, exectime: string) {
  return {
    filescount: tally.filesCount,
    openfailed: tally.openFailedCount,
    totalhits: tally.totalHits,
    exectime,
  };
}
