import { createHash, type Hash } from 'node:crypto';
import { goErrno } from '../go-text.ts';
import { readBlocks } from './blocks.ts';
import { type Check, type HashName, METADATA, type Plan } from './checks.ts';
import { inspectContent } from './content.ts';
import { type FileInfo, statFile } from './file-info.ts';
import { OpenError, readChunks } from './read.ts';
import type { Tally } from './tally.ts';

/** Evaluates one file for all active searches: metadata, then content, then hashes (spec: evaluating one file). */
export async function evaluateFile(
  file: string,
  active: readonly Plan[],
  { tally, decompress }: { tally: Tally; decompress: boolean },
): Promise<void> {
  tally.filesCount++;
  await yieldNowAndThen();
  if (active.length === 0) return;
  let info: FileInfo;
  try {
    info = statFile(file);
  } catch (error) {
    tally.error(`evaluateFile() -> stat ${file}: ${goErrno(error)}`);
    return;
  }
  const wantedBy = new Map(active.map((plan) => [plan, new Set<Check>()]));
  let candidates = active.filter((plan) => passesMetadata(plan, wantedBy, { file, info }));
  candidates = await passContent(candidates, wantedBy, { file, tally, decompress });
  await passHashes(candidates, wantedBy, { file, tally, decompress });
  for (const [plan, wanted] of wantedBy) record(plan, wanted, { file, tally });
}

let lastYield = performance.now();

/** Everything here is synchronous for speed; timers still get their turn, ten times a second. */
async function yieldNowAndThen(): Promise<void> {
  if (performance.now() - lastYield < 100) return;
  await new Promise((resolve) => setImmediate(resolve));
  lastYield = performance.now();
}

type WantedBy = Map<Plan, Set<Check>>;
interface Subject {
  file: string;
  tally: Tally;
  decompress: boolean;
}

/** False when the search can no longer match this file: in matchall one unwanted check decides. */
function passesMetadata(
  plan: Plan,
  wantedBy: WantedBy,
  { file, info }: { file: string; info: FileInfo },
): boolean {
  const wanted = wantedBy.get(plan);
  for (const filter of METADATA) {
    for (const check of plan.checks) {
      if (check.filter !== filter || !check.testMetadata) continue;
      if ((check.testMetadata(file, info) !== check.isInverse) !== check.isMismatch) wanted?.add(check);
      else if (plan.search.options.matchall) return false;
    }
  }
  return true;
}

async function passContent(plans: readonly Plan[], wantedBy: WantedBy, subject: Subject): Promise<Plan[]> {
  const asked = new Map(
    plans
      .map((plan) => [plan, plan.checks.filter(({ filter }) => filter === 'contents')] as const)
      .filter(([, checks]) => checks.length > 0),
  );
  if (asked.size === 0) return [...plans];
  let satisfied = new Map<Plan, Set<Check>>();
  try {
    satisfied = await inspectContent(readBlocks(readChunks(subject.file, subject)), asked);
  } catch (error) {
    report(subject, `checkContent() -> ${error instanceof Error ? error.message : ''}`, error);
  }
  return plans.filter((plan) => {
    const checks = asked.get(plan) ?? [];
    const good = satisfied.get(plan) ?? new Set();
    for (const check of good) wantedBy.get(plan)?.add(check);
    return !plan.search.options.matchall || checks.every((check) => good.has(check));
  });
}

async function passHashes(plans: readonly Plan[], wantedBy: WantedBy, subject: Subject): Promise<void> {
  const names = new Set(plans.flatMap((plan) => plan.checks.flatMap(({ hash }) => hash ?? [])));
  if (names.size === 0) return;
  let digests: Map<HashName, string>;
  try {
    digests = await hashFile(subject.file, names, subject);
  } catch (error) {
    report(subject, `checkHash() -> getHash() -> ${error instanceof Error ? error.message : ''}`, error);
    return;
  }
  for (const plan of plans) {
    for (const check of plan.checks) {
      if (check.hash && (digests.get(check.hash) === check.value) !== check.isMismatch)
        wantedBy.get(plan)?.add(check);
    }
  }
}

/** Upper-case hex digests, the file read once for all of them. */
export async function hashFile(
  file: string,
  names: Iterable<HashName>,
  options: { decompress: boolean },
): Promise<Map<HashName, string>> {
  const hashes = new Map<HashName, Hash>([...names].map((name) => [name, createHash(name)]));
  for await (const chunk of readChunks(file, options)) for (const hash of hashes.values()) hash.update(chunk);
  return new Map([...hashes].map(([name, hash]) => [name, hash.digest('hex').toUpperCase()]));
}

function report({ tally }: Subject, text: string, error: unknown): void {
  if (error instanceof OpenError) tally.openFailed(text);
  else tally.error(text);
}

/** One hit per check and file in matchany, per file in matchall; a root inside another finds nothing twice. */
function record(
  plan: Plan,
  wanted: ReadonlySet<Check>,
  { file, tally }: { file: string; tally: Tally },
): void {
  if (plan.search.options.matchall) {
    if (plan.checks.length === 0 || wanted.size < plan.checks.length) return;
    addHit(plan, plan.matches, { file, tally });
    return;
  }
  for (const check of wanted) addHit(plan, check.matches, { file, tally });
}

function addHit(plan: Plan, matches: Set<string>, { file, tally }: { file: string; tally: Tally }): void {
  if (matches.has(file)) return;
  matches.add(file);
  plan.hits++;
  tally.totalHits++;
}
