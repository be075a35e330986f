import { encodeJson } from '../../contract/go/json.ts';
import type { RunTerms } from '../module.ts';
import type { Finding, FindingsByValue } from './finding.ts';
import type { Group } from './schema.ts';

/** The share of findings in a result of limited size; the rest is for errors. */
const SHARE_OF_FINDINGS = 0.8;
/** The share of those that every value has for itself, so that a value with a million findings leaves room for others. */
const SHARE_RESERVED = 0.5;
/** JSON's quotes, colon, brackets and comma around a value and its findings. */
const VALUE_OVERHEAD_BYTES = 10;
/** The most findings that are kept, about 60 MB. */
const MAX_FINDINGS = 200_000;

interface List {
  group: Group;
  value: string;
  findings: Finding[];
  omitted: number;
  reservedBytes: number;
}

/** The findings of a run by group and value, up to the size of its result. */
export class Findings {
  readonly #lists: List[] = [];
  readonly #maxFindings: number;
  #maxBytes: number;
  #sharedBytes = 0;
  #count = 0;

  constructor({ maxBytes }: Pick<RunTerms, 'maxBytes'>, maxFindings = MAX_FINDINGS) {
    this.#maxBytes = maxBytes * SHARE_OF_FINDINGS;
    this.#maxFindings = maxFindings;
  }

  /** Adds the values of a group. Returns what adds a finding to each of them, by value. */
  addGroup(group: Group, values: readonly string[]): Map<string, List> {
    const lists = [...new Set(values)].map((value) => {
      this.#maxBytes -= Buffer.byteLength(value) + VALUE_OVERHEAD_BYTES;
      return { group, value, findings: [], omitted: 0, reservedBytes: 0 };
    });
    this.#lists.push(...lists);
    return new Map(lists.map((list) => [list.value, list]));
  }

  /** Divides the bytes among all values. */
  divide(): void {
    const maxBytes = Math.max(0, this.#maxBytes);
    this.#sharedBytes = maxBytes * (1 - SHARE_RESERVED);
    for (const list of this.#lists) list.reservedBytes = (maxBytes * SHARE_RESERVED) / this.#lists.length;
  }

  /** Once a list is full, its findings are counted, and not even made. */
  add(list: List, find: () => Finding): void {
    if (list.omitted === 0 && this.#count < this.#maxFindings) {
      const finding = find();
      if (this.#takeBytes(list, finding)) {
        this.#count++;
        list.findings.push(finding);
        return;
      }
    }
    list.omitted++;
  }

  get foundAnything(): boolean {
    return this.#lists.some(({ findings, omitted }) => findings.length + omitted > 0);
  }

  elements(): Partial<Record<Group, FindingsByValue>> {
    const groups = new Map(this.#lists.map(({ group }) => [group, [] as [string, Finding[] | null][]]));
    for (const { group, value, findings } of this.#lists) {
      groups.get(group)?.push([value, findings.length === 0 ? null : findings]);
    }
    return Object.fromEntries([...groups].map(([group, entries]) => [group, Object.fromEntries(entries)]));
  }

  /** Sentences about findings that were left out. */
  limits(): string[] {
    return this.#lists.flatMap(({ group, value, findings, omitted }) => {
      if (omitted === 0) return [];
      const total = findings.length + omitted;
      return [`${group} '${value}': ${omitted} of ${total} findings were not returned: the answer is full`];
    });
  }

  #takeBytes(list: List, finding: Finding): boolean {
    if (this.#sharedBytes === Number.POSITIVE_INFINITY) return true;
    const bytes = Buffer.byteLength(encodeJson(finding)) + 1;
    if (list.reservedBytes >= bytes) {
      list.reservedBytes -= bytes;
      return true;
    }
    if (this.#sharedBytes < bytes) return false;
    this.#sharedBytes -= bytes;
    return true;
  }
}
