import { encodeJson } from '../../contract/go/json.ts';
import type { RunTerms } from '../module.ts';
import type { Criterion } from './source.ts';
import type { SubResult, TestResult } from './test-result.ts';

/** The share of tests in a result of limited size. */
const SHARE_OF_TESTS = 0.6;
/** What is left of the longest lists when there are too many sub-results. */
const SHORTENED = 0.75;

/** The values of a test, and which of them pass. */
export interface TestedValues {
  criteria: readonly Criterion[];
  passing: Uint8Array;
}

/**
 * The room for tests in the result. Sub-results are cut while tests are evaluated: all of them together may be more than
 * memory holds. The longest lists are cut first.
 */
export interface TestRoom {
  maxBytes: number;
  isWanted(result: TestResult): boolean;
  /** Takes the room of a finished test, and gives it the sub-results that fit. May shorten those of others. */
  add(result: TestResult, values: TestedValues): void;
  /** How many sub-results a test had before they were cut. */
  countOf(result: TestResult): number;
}

export function createTestRoom(
  { onlytrue }: { onlytrue: boolean },
  terms: Pick<RunTerms, 'maxBytes'>,
): TestRoom {
  const maxBytes = terms.maxBytes * SHARE_OF_TESTS;
  const room: Room = { usedBytes: 0, maxListBytes: maxBytes, lists: [] };
  const counts = new Map<TestResult, number>();
  const isWanted = ({ masterresult }: TestResult) => masterresult || !onlytrue;
  return {
    maxBytes,
    isWanted,
    add(result, values) {
      if (!isWanted(result)) return;
      counts.set(result, values.criteria.length);
      if (maxBytes !== Number.POSITIVE_INFINITY) room.usedBytes += bytesOf(result);
      if (values.criteria.length > 0) addList(result, (passed) => subResultsOf(values, passed), room);
      while (room.usedBytes > maxBytes && room.lists.length > 0) shortenLists(room);
    },
    countOf: (result) => counts.get(result) ?? 0,
  };
}

/** The bytes of a value in a list of the result. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(encodeJson(value)) + 1;
}

interface Room {
  usedBytes: number;
  /** The longest list for which there is room. */
  maxListBytes: number;
  lists: { result: TestResult; bytes: number }[];
}

/** A sub-result, and its place in the whole list. */
interface Placed {
  index: number;
  one: SubResult;
}

/** Made one by one: a test has up to 200,000, and few of them are kept. */
function* subResultsOf({ criteria, passing }: TestedValues, result: boolean): Generator<Placed> {
  let index = 0;
  for (const { identifier } of criteria) {
    if ((passing[index] === 1) === result) yield { index, one: { result, identifier } };
    index++;
  }
}

function addList(result: TestResult, subResults: (passed: boolean) => Iterable<Placed>, room: Room): void {
  const { kept, bytes } = keepFitting(subResults, room.maxListBytes);
  result.results = kept;
  room.usedBytes += bytes;
  if (bytes > 0) room.lists.push({ result, bytes });
}

function shortenLists(room: Room): void {
  room.maxListBytes *= SHORTENED;
  for (const list of room.lists) {
    if (list.bytes <= room.maxListBytes) continue;
    const placed = (list.result.results ?? []).map((one, index) => ({ index, one }));
    const { kept, bytes } = keepFitting(
      (passed) => placed.filter(({ one }) => one.result === passed),
      room.maxListBytes,
    );
    list.result.results = kept;
    room.usedBytes -= list.bytes - bytes;
    list.bytes = bytes;
  }
  room.lists = room.lists.filter(({ bytes }) => bytes > 0);
}

/** Keeps what fits, in order; those of values that passed before all others. */
function keepFitting(
  subResults: (passed: boolean) => Iterable<Placed>,
  maxBytes: number,
): { kept: SubResult[]; bytes: number } {
  const found: Placed[] = [];
  let bytes = 0;
  /** Returns false when there is no more room. */
  const keepAll = (wanted: Iterable<Placed>): boolean => {
    for (const placed of wanted) {
      const size = maxBytes === Number.POSITIVE_INFINITY ? 0 : bytesOf(placed.one);
      if (bytes + size > maxBytes) return false;
      bytes += size;
      found.push(placed);
    }
    return true;
  };
  if (keepAll(subResults(true))) keepAll(subResults(false));
  found.sort((a, b) => a.index - b.index);
  return { kept: found.map(({ one }) => one), bytes };
}
