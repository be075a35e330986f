import { MigError } from '../contract/errors.ts';
import type { FlagKind } from '../modules/go-flags.ts';

export interface GlobalOptions {
  target: string | undefined;
  expiration: string;
  name: string | undefined;
  show: 'found' | 'notfound' | 'all';
  targetFound: string | undefined;
  targetNotFound: string | undefined;
  printAction: boolean;
  signOnly: boolean;
  inputFile: string | undefined;
  compress: boolean;
  configFile: string | undefined;
  verbose: boolean;
  json: boolean;
}

const VALUES = ['t', 'e', 'n', 'show', 'target-found', 'target-notfound', 'i', 'c'];
const SWITCHES = ['p', 's', 'z', 'v', 'json'];

/**
 * Takes MIG's global options out of a command line, wherever they stand; what is left belongs to the module. A value
 * of a module's flag is never taken for an option.
 */
export function takeGlobalOptions(
  args: readonly string[],
  moduleFlags: Record<string, FlagKind>,
): { options: GlobalOptions; rest: string[] } {
  const found = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const match = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word);
    const name = match?.[1] ?? '';
    if (SWITCHES.includes(name)) found.set(name, match?.[2] ?? 'true');
    else if (VALUES.includes(name)) {
      const value = match?.[2] ?? args[++i];
      if (value === undefined) throw new MigError('usage', `flag needs an argument: -${name}`);
      found.set(name, value);
    } else {
      rest.push(word);
      const takesValue =
        Object.hasOwn(moduleFlags, name) && moduleFlags[name] !== 'boolean' && match?.[2] === undefined;
      if (takesValue && i + 1 < args.length) rest.push(args[++i] ?? '');
    }
  }
  return { options: toOptions(found), rest };
}

function toOptions(found: ReadonlyMap<string, string>): GlobalOptions {
  const isOn = (name: string) => found.get(name) === 'true';
  const show = found.get('show') ?? 'found';
  if (show !== 'found' && show !== 'notfound' && show !== 'all') {
    throw new MigError('usage', `-show must be found, notfound or all, not ${JSON.stringify(show)}`);
  }
  if (found.has('target-found') && found.has('target-notfound')) {
    throw new MigError('usage', '-target-found and -target-notfound cannot be used together');
  }
  return {
    target: found.get('t'),
    expiration: found.get('e') ?? '300s',
    name: found.get('n'),
    show,
    targetFound: found.get('target-found'),
    targetNotFound: found.get('target-notfound'),
    printAction: isOn('p'),
    signOnly: isOn('s'),
    inputFile: found.get('i'),
    compress: isOn('z'),
    configFile: found.get('c'),
    verbose: isOn('v'),
    json: isOn('json'),
  };
}
