import { passesAge, toAgeBound } from '../../contract/period.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import { createSearchPlans, type SearchCheck, type SearchPlan } from '../search-plan.ts';
import type { ExecutableHashes } from './executable-hash.ts';
import type { FileTest, ProcessFacts } from './facts.ts';
import type { OpenSockets } from './open-sockets.ts';
import { CHECK_NAME, FILTERS, type Filter, type Parameters, type Search } from './schema.ts';
import { parseSocketCheck, type SocketCheck } from './socket-check.ts';

/** What the checks of all processes share. */
export interface CheckContext {
  nowMs: number;
  hashes: ExecutableHashes;
  sockets: OpenSockets;
}

interface Check extends SearchCheck {
  socket?: SocketCheck;
  file?: FileTest;
  test(facts: ProcessFacts, context: CheckContext): boolean;
}

/** A process that passed, without its command line. */
export interface Hit {
  facts: ProcessFacts;
  checks: Check[];
}

export type Plan = SearchPlan<Check, Hit, Search>;

export function createPlans({ searches }: Parameters): Plan[] {
  return createSearchPlans(searches, createChecks);
}

function createChecks(search: Search): Check[] {
  const { deleted } = search;
  const lists = FILTERS.flatMap((filter) =>
    (search[filter] ?? []).map((value) => createCheck(filter, value)),
  );
  if (deleted === undefined) return lists;
  const isDeleted: Check = {
    name: 'deleted',
    value: String(deleted),
    test: ({ isDeleted }) => isDeleted === deleted,
  };
  return [isDeleted, ...lists];
}

function createCheck(filter: Filter, value: string): Check {
  const base = { name: CHECK_NAME[filter], value };
  switch (filter) {
    case 'users':
      return { ...base, test: ({ uid, user }) => user === value || String(uid) === value };
    case 'started': {
      const bound = toAgeBound(value);
      return {
        ...base,
        test: ({ startedMs }, { nowMs }) => bound !== undefined && passesAge(bound, startedMs, nowMs),
      };
    }
    case 'parents':
      return { ...base, test: createParentTest(value) };
    case 'sockets': {
      const socket = parseSocketCheck(value);
      if (!socket) throw new RangeError(`not a socket: ${value}`);
      return { ...base, socket, test: (facts, { sockets }) => sockets.has(facts, socket) };
    }
    case 'files': {
      const file = compilePattern(value).test;
      return { ...base, file, test: ({ files }) => files.passed.has(file) };
    }
    case 'sha256':
      return { ...base, test: createHashTest(value.toLowerCase()) };
    default:
      return { ...base, test: createPatternTest(filter, value) };
  }
}

type Test = Check['test'];

function createPatternTest(filter: 'names' | 'paths' | 'commands', value: string): Test {
  const { test } = compilePattern(value);
  switch (filter) {
    case 'names':
      return ({ names }) => names.some(test);
    case 'paths':
      return ({ path }) => path !== '' && test(path);
    case 'commands':
      return ({ command }) => command !== '' && test(command);
  }
}

/** A number is a pid, anything else a pattern of the name or the path. */
function createParentTest(value: string): Test {
  if (/^\d+$/.test(value)) return ({ stat }) => stat.parentPid === Number(value);
  const { test } = compilePattern(value);
  return ({ parent }) => parent !== undefined && [...parent.names, parent.path].some(test);
}

function createHashTest(value: string): Test {
  return ({ pid, path }, { hashes }) => path !== '' && hashes.sha256(pid) === value;
}
