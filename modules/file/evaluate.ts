import { createHash, type Hash } from 'node:crypto';
import { goErrno } from '../go-text.ts';
import { BlockCutter } from './blocks.ts';
import type { Check, HashName, Plan } from './checks.ts';
import { ContentInspector } from './content.ts';
import { LazyFileInfo } from './file-info.ts';
import { OpenError, readChunks, readInflatedChunks } from './read.ts';
import type { Tally } from './tally.ts';

/** What one search wants of the file so far. */
interface Progress {
  plan: Plan;
  wanted: Set<Check>;
}

interface Subject {
  file: string;
  tally: Tally;
  decompress: boolean;
}

/**
 * Evaluates one file for all active searches: metadata, then content, then hashes (spec: evaluating one file). What
 * can be done at once is: a promise for each of a million files is slower than the files.
 */
export function evaluateFile(
  file: string,
  active: readonly Plan[],
  { tally, decompress }: { tally: Tally; decompress: boolean },
): Promise<void> | undefined {
  tally.filesCount++;
  const subject = { file, tally, decompress };
  let left: Progress[];
  try {
    left = passMetadata(active, file);
  } catch (error) {
    tally.error(`evaluateFile() -> stat ${file}: ${goErrno(error)}`);
    return undefined;
  }
  if (decompress && left.some(({ plan }) => plan.contents.length + plan.hashes.length > 0)) {
    return passInflated(left, subject).then((passed) => record(passed, subject));
  }
  left = passContent(left, subject);
  passHashes(left, subject);
  record(left, subject);
  return undefined;
}

/** The searches that can still match: in matchall one unwanted check decides. */
function passMetadata(active: readonly Plan[], file: string): Progress[] {
  const left: Progress[] = [];
  const name = file.slice(file.lastIndexOf('/') + 1);
  const info = new LazyFileInfo(file);
  for (const plan of active) {
    const isWanted = (check: Check) =>
      (check.testMetadata?.(name, info) !== check.isInverse) !== check.isMismatch;
    const { matchall } = plan.search.options;
    // Most files fail; a set is made only for one that does not.
    if (!matchall) left.push({ plan, wanted: new Set(plan.metadata.filter(isWanted)) });
    else if (plan.metadata.every(isWanted)) left.push({ plan, wanted: new Set(plan.metadata) });
  }
  return left;
}

function passContent(left: Progress[], subject: Subject): Progress[] {
  const asking = left.flatMap(({ plan }) => (plan.contents.length > 0 ? [plan] : []));
  if (asking.length === 0) return left;
  const { take, finish } = startContent(asking);
  try {
    readChunks(subject.file, take);
  } catch (error) {
    report(subject, 'checkContent() -> ', error);
    return withContent(left, undefined);
  }
  return withContent(left, finish());
}

function startContent(plans: readonly Plan[]) {
  const cutter = new BlockCutter();
  const inspector = new ContentInspector(plans);
  let isOpen = true;
  return {
    take(chunk: Buffer): boolean {
      const block = cutter.push(chunk);
      isOpen = (block === undefined || inspector.look(block)) && !cutter.hasEnded;
      return isOpen;
    },
    finish(): Map<Plan, Set<Check>> {
      const last = isOpen ? cutter.finish() : undefined;
      if (last) inspector.look(last);
      return inspector.wanted();
    },
  };
}

/** A file that could not be read satisfies no content check. */
function withContent(left: Progress[], satisfied: Map<Plan, Set<Check>> | undefined): Progress[] {
  return left.filter(({ plan, wanted }) => {
    const good = satisfied?.get(plan);
    for (const check of good ?? []) wanted.add(check);
    return !plan.search.options.matchall || plan.contents.every((check) => good?.has(check));
  });
}

function passHashes(left: readonly Progress[], subject: Subject): void {
  const names = hashNames(left);
  if (names.size === 0) return;
  const { take, digests } = startHashes(names);
  try {
    readChunks(subject.file, take);
  } catch (error) {
    report(subject, 'checkHash() -> getHash() -> ', error);
    return;
  }
  withHashes(left, digests());
}

function hashNames(left: readonly Progress[]): Set<HashName> {
  const names = new Set<HashName>();
  for (const { plan } of left) for (const { hash } of plan.hashes) if (hash) names.add(hash);
  return names;
}

/** Upper-case hex digests, the file read once for all of them. */
function startHashes(names: ReadonlySet<HashName>) {
  const hashes = [...names].map((name): [HashName, Hash] => [name, createHash(name)]);
  return {
    take(chunk: Buffer): boolean {
      for (const [, hash] of hashes) hash.update(chunk);
      return true;
    },
    digests: () => new Map(hashes.map(([name, hash]) => [name, hash.digest('hex').toUpperCase()])),
  };
}

function withHashes(left: readonly Progress[], digests: Map<HashName, string>): void {
  for (const { plan, wanted } of left) {
    for (const check of plan.hashes) {
      if (check.hash && (digests.get(check.hash) === check.value) !== check.isMismatch) wanted.add(check);
    }
  }
}

export async function hashFile(
  file: string,
  names: ReadonlySet<HashName>,
  { decompress }: { decompress: boolean },
): Promise<Map<HashName, string>> {
  const { take, digests } = startHashes(names);
  if (decompress) await readInflatedChunks(file, take);
  else readChunks(file, take);
  return digests();
}

/** Content and hashes of what is inside gzip files. */
async function passInflated(left: Progress[], subject: Subject): Promise<Progress[]> {
  const asking = left.flatMap(({ plan }) => (plan.contents.length > 0 ? [plan] : []));
  let passed = left;
  if (asking.length > 0) {
    const { take, finish } = startContent(asking);
    try {
      await readInflatedChunks(subject.file, take);
      passed = withContent(left, finish());
    } catch (error) {
      report(subject, 'checkContent() -> ', error);
      passed = withContent(left, undefined);
    }
  }
  const names = hashNames(passed);
  if (names.size === 0) return passed;
  try {
    withHashes(passed, await hashFile(subject.file, names, subject));
  } catch (error) {
    report(subject, 'checkHash() -> getHash() -> ', error);
  }
  return passed;
}

function report({ tally }: Subject, where: string, error: unknown): void {
  const text = `${where}${error instanceof Error ? error.message : ''}`;
  if (error instanceof OpenError) tally.openFailed(text);
  else tally.error(text);
}

/** One hit per check and file in matchany, per file in matchall; a root inside another finds nothing twice. */
function record(left: readonly Progress[], subject: Subject): void {
  for (const { plan, wanted } of left) {
    if (!plan.search.options.matchall) {
      for (const check of wanted) addHit(plan, check.matches, subject);
    } else if (plan.checks.length > 0 && wanted.size === plan.checks.length) {
      addHit(plan, plan.matches, subject);
    }
  }
}

function addHit(plan: Plan, matches: Set<string>, { file, tally }: Subject): void {
  if (matches.has(file)) return;
  matches.add(file);
  plan.hits++;
  tally.totalHits++;
}
