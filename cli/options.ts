import type { Brakes } from '../contract/brakes.ts';
import { MigError } from '../contract/errors.ts';
import { parseDurationMs } from '../contract/go/duration.ts';
import { MAX_SIGNERS, MAX_WHY } from '../contract/inbox/limits.ts';
import { isTypographicallyQuoted } from '../contract/text/quotes.ts';
import { readBrakes } from './brakes-options.ts';

export interface GlobalOptions {
  target: string | undefined;
  expiration: string | undefined;
  name: string | undefined;
  show: 'found' | 'notfound' | 'all' | 'grouped';
  /** The key of an answer, or how it begins: only agents that gave it are listed. */
  answer: string | undefined;
  targetFound: string | undefined;
  targetNotFound: string | undefined;
  printAction: boolean;
  signOnly: boolean;
  inputFile: string | undefined;
  compress: boolean;
  configFile: string | undefined;
  verbose: boolean;
  json: boolean;
  /** The action waits in the inbox for signatures; undefined: it is launched. */
  inbox: InboxOptions | undefined;
  /** What holds the action back after its launch; undefined: nothing. */
  brakes: Brakes | undefined;
  /** The next question is offered to the endpoints that matched. */
  followUp: boolean;
  /** Skips the countdown and the question before a second signature. */
  isSure: boolean;
}

export interface InboxOptions {
  /** What the other signers are told. */
  why: string | undefined;
  /** How many signers are wanted; undefined: as many as the published ACL needs, or two. */
  signers: number | undefined;
}

/** The text of each option by name; `true` or `false` for a switch. */
type FoundOptions = ReadonlyMap<string, string>;

/** The values of options that may be repeated, by name. */
type FoundLists = ReadonlyMap<string, readonly string[]>;

/** Reads the options of a command line; refuses wrong values, and options that exclude each other. */
export function readOptions(found: FoundOptions, lists: FoundLists = new Map()): GlobalOptions {
  const isOn = (name: string) => found.get(name) === 'true';
  const show = parseShow(found.get('show'));
  refuseCombinations(found);
  checkTarget(found);
  const brakes = readBrakes((name) => lists.get(name) ?? [found.get(name) ?? []].flat());
  refuseBrakes(found, brakes);
  return {
    target: found.get('t'),
    expiration: checkedExpiration('e', found.get('e')),
    name: found.get('n'),
    show,
    answer: checkedAnswer(found.get('answer')),
    targetFound: checkedId('target-found', found.get('target-found')),
    targetNotFound: checkedId('target-notfound', found.get('target-notfound')),
    printAction: isOn('p'),
    signOnly: isOn('s'),
    inputFile: found.get('i'),
    compress: isOn('z'),
    configFile: found.get('c'),
    verbose: isOn('v'),
    json: isOn('json'),
    inbox: readInbox(found),
    brakes,
    followUp: isOn('follow-up'),
    isSure: isOn('y'),
  };
}

function parseShow(show = 'found'): GlobalOptions['show'] {
  if (show === 'found' || show === 'notfound' || show === 'all' || show === 'grouped') return show;
  throw new MigError('usage', `-show must be found, notfound, all or grouped, not ${JSON.stringify(show)}`);
}

function refuseCombinations(found: FoundOptions): void {
  for (const [one, other] of [
    ['target-found', 'target-notfound'],
    ['p', 's'],
    ['show', 'answer'],
    ['json', 'answer'],
    ['inbox', 'p'],
    ['inbox', 's'],
    ['inbox', 'show'],
    ['follow-up', 'p'],
    ['follow-up', 's'],
    ['follow-up', 'inbox'],
    ['follow-up', 'json'],
  ] as const) {
    if (isSet(found, one) && isSet(found, other))
      throw new MigError('usage', `-${one} and -${other} cannot be used together`);
  }
}

/** Brakes are given with the launch: neither a printed action nor a local run has any. */
function refuseBrakes(found: FoundOptions, brakes: Brakes | undefined): void {
  if (brakes === undefined) return;
  const option = ['p', 's'].find((name) => isSet(found, name));
  if (option !== undefined)
    throw new MigError('usage', `-${option} launches nothing: give the brakes when the action is launched`);
  if (found.get('t') === 'local')
    throw new MigError('usage', 'brakes and -t local cannot be used together: nothing is launched');
}

function readInbox(found: FoundOptions): InboxOptions | undefined {
  const [why, signers] = [found.get('why'), found.get('signers')];
  if (isSet(found, 'inbox')) {
    if (why !== undefined && why.length > MAX_WHY)
      throw new MigError('usage', `-why must have at most ${MAX_WHY} characters`);
    return { why, signers: checkedSigners(signers) };
  }
  if (why === undefined && signers === undefined) return undefined;
  throw new MigError('usage', `-${why === undefined ? 'signers' : 'why'} has no effect without -inbox`);
}

function checkedSigners(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 2 && count <= MAX_SIGNERS) return count;
  throw new MigError(
    'usage',
    `-signers must be a number from 2 to ${MAX_SIGNERS}, not ${JSON.stringify(text)}`,
  );
}

function isSet(found: FoundOptions, name: string): boolean {
  return found.has(name) && found.get(name) !== 'false';
}

/** Options of an action, which a local run does not create. -c is allowed, because aliases often contain it. */
const NEVER_LOCAL = ['p', 's', 'e', 'n', 'z', 'inbox', 'follow-up', 'target-found', 'target-notfound'];

function checkTarget(found: FoundOptions): void {
  const target = found.get('t');
  if (target === undefined) return;
  if (target.trim() === '')
    throw new MigError('usage', `-t is empty: write a condition such as "os='linux'", a macro, or local`);
  if (isTypographicallyQuoted(target))
    throw new MigError('usage', `-t ${target}: its curly quotes would be part of the target: type ' or "`);
  if (target !== 'local' && target.trim().toLowerCase() === 'local')
    throw new MigError('usage', `-t ${target}: to search this machine, write -t local`);
  if (target !== 'local') return;
  if (found.get('show') === 'grouped')
    throw new MigError(
      'usage',
      '-show grouped and -t local cannot be used together: one machine is one answer',
    );
  const other = NEVER_LOCAL.find((name) => isSet(found, name));
  if (other !== undefined) throw new MigError('usage', `-${other} and -t local cannot be used together`);
}

const MIN_EXPIRATION_MS = 1_000;
const MAX_EXPIRATION_MS = 366 * 24 * 3_600_000;

/** How long an action is valid, as the flag gives it. */
export function checkedExpiration(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = parseDurationMs(text);
  if (ms === undefined)
    throw new MigError(
      'usage',
      `-${flag} must be a duration like 60s, 5m or 48h (h, m and s, no days), not ${JSON.stringify(text)}`,
    );
  if (ms < MIN_EXPIRATION_MS)
    throw new MigError('usage', `-${flag} ${text}: no agent could answer in time; use 1s or more, e.g. 60s`);
  if (ms > MAX_EXPIRATION_MS) throw new MigError('usage', `-${flag} ${text} is longer than a year (8784h)`);
  return text;
}

function checkedId(name: string, id: string | undefined): string | undefined {
  if (id !== undefined && !/^\d+$/.test(id)) throw new MigError('usage', `-${name} needs an action id`);
  return id;
}

function checkedAnswer(key: string | undefined): string | undefined {
  if (key !== undefined && !/^[0-9a-f]{4,16}$/.test(key))
    throw new MigError(
      'usage',
      '-in needs the key of a group: the digits in [brackets] that -group prints, or at least the first four of them',
    );
  return key;
}
