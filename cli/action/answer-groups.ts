import { createHash } from 'node:crypto';
import { countOf } from '../../contract/text/count-of.ts';

/** Agents that gave the same answer. */
export interface AnswerGroup {
  /** The same in every run: `mig results <id> -in <key>` lists the agents. */
  key: string;
  lines: readonly string[];
  count: number;
  /** The first agents of the group, at most `SAMPLE`. */
  agents: readonly string[];
}

export interface AnswerGroups {
  /** Counts one agent's answer, given as its lines without the agent's name. */
  add(agent: string, lines: readonly string[]): void;
  /** The largest group first; among equal ones, the one that was met first. */
  all(): AnswerGroup[];
  /** The number of agents whose answers were not kept, because `MAX_GROUPS` others or `MAX_BYTES` were. */
  left(): number;
}

const SAMPLE = 5;
/** Enough hex digits that no agent can make an answer with the key of another. */
const KEY_DIGITS = 16;
/** Bounds the memory. Groups are of no use when more answers differ. */
const MAX_GROUPS = 10_000;
const MAX_BYTES = 64 << 20;
/** What a line takes besides its characters, which take two bytes at most. An answer may have a million empty lines. */
const LINE_BYTES = 32;

export function createAnswerGroups({ maxGroups = MAX_GROUPS, maxBytes = MAX_BYTES } = {}): AnswerGroups {
  const groups = new Map<string, { lines: readonly string[]; count: number; agents: string[] }>();
  let bytes = 0;
  let left = 0;
  return {
    add(agent, lines) {
      const key = answerKey(lines);
      const known = groups.get(key);
      if (known) {
        known.count++;
        if (known.agents.length < SAMPLE) known.agents.push(agent);
        return;
      }
      const size = lines.reduce((sum, line) => sum + 2 * line.length + LINE_BYTES, 0);
      if (groups.size >= maxGroups || bytes + size > maxBytes) {
        left++;
        return;
      }
      bytes += size;
      groups.set(key, { lines, count: 1, agents: [agent] });
    },
    // Sorting keeps the order of equal ones.
    all: () =>
      [...groups].map(([key, group]) => ({ key, ...group })).sort((one, other) => other.count - one.count),
    left: () => left,
  };
}

/** Identifies an answer. The order of its findings does not count: folders are read in the order of their disk. */
export function answerKey(lines: readonly string[]): string {
  const text = JSON.stringify(findingsOf(lines).sort());
  return createHash('sha256').update(text).digest('hex').slice(0, KEY_DIGITS);
}

/** The lines of each finding: an indented line belongs to the one above it. */
function findingsOf(lines: readonly string[]): string[] {
  const findings: string[][] = [];
  for (const line of lines) {
    const last = findings.at(-1);
    if (/^\s/.test(line) && last !== undefined) last.push(line);
    else findings.push([line]);
  }
  return findings.map((finding) => finding.join('\n'));
}

/**
 * How an answer differs from the most common one: what it lacks with `- `, what it has beyond it with `+ `. All of its lines
 * when the two have nothing in common.
 */
export function differenceLines(common: readonly string[], lines: readonly string[]): string[] {
  const missing = countEach(findingsOf(common));
  const added: string[] = [];
  let shared = 0;
  for (const finding of findingsOf(lines)) {
    const count = missing.get(finding);
    if (count === undefined) added.push(finding);
    else {
      shared++;
      if (count === 1) missing.delete(finding);
      else missing.set(finding, count - 1);
    }
  }
  if (shared === 0) return [...lines];
  const lacks = [...missing].flatMap(([finding, count]) => Array.from({ length: count }, () => finding));
  return [
    ...lacks.flatMap((finding) => signed('- ', finding)),
    ...added.flatMap((finding) => signed('+ ', finding)),
  ];
}

function countEach(findings: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(finding, (counts.get(finding) ?? 0) + 1);
  return counts;
}

function signed(sign: string, finding: string): string[] {
  return finding.split('\n').map((line) => `${sign}${line}`);
}

/** The line above the answer of a group. */
export function groupHeader({ key, count, agents }: AnswerGroup): string {
  const rest = count - agents.length;
  const names = [...agents, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
  return `${countOf(count, 'agent')} [${key}]: ${names}`;
}

/** How alike the answers are: `9981 agents: the same; 19 differ, in 3 answers`. */
export function groupSummary(groups: readonly AnswerGroup[], left: number): string | undefined {
  const [largest, ...others] = groups;
  if (largest === undefined) return undefined;
  const differing = others.reduce((sum, { count }) => sum + count, left);
  const same = `${countOf(largest.count, 'agent')}: the same`;
  if (differing === 0) return same;
  if (left > 0) return `${same}; ${differing} differ, in more than ${others.length} answers`;
  return `${same}; ${differing} ${differing === 1 ? 'differs' : 'differ'}, in ${countOf(others.length, 'answer')}`;
}
