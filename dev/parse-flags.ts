import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { errorMessage } from '../contract/errors.ts';
import { allModules, findModule } from '../modules/all-modules.ts';
import type { Module } from '../modules/module.ts';
import { runScript, usage } from '../platform/program/command-line.ts';
import { print } from './terminal.ts';

const USAGE = `npm run -s parse-flags -- <module>

Reads {"args":["-path","/etc"]} on stdin and prints {"params":…,"error":…}: the parameters that the module parses from
these flags. For conformance runs.
`;

/** Modules of MIG whose parser returns an error after it printed help. The others return no parameters. */
const HELP_IS_ERROR: readonly string[] = ['netstat', 'ping', 'timedrift'];

const Input = z.object({ args: z.array(z.string()) });

await runScript({ usage: USAGE, words: 1 }, async (_, [name]) => {
  if (name === undefined) throw usage('the name of a module is missing');
  const module = findModule(name);
  const names = allModules().map((one) => one.name);
  if (module === undefined) throw usage(`no module ${name}; there are ${names.join(', ')}`);
  const { args } = readInput(await text(process.stdin));
  print(JSON.stringify(parseFlags(module, args)));
  return 0;
});

function parseFlags(module: Module, args: string[]): { params: unknown; error?: string } {
  try {
    const params = module.parseFlags(args);
    if (params !== undefined) return { params };
    return HELP_IS_ERROR.includes(module.name) ? { params: null, error: 'help printed' } : { params: null };
  } catch (error) {
    return { params: null, error: errorMessage(error) };
  }
}

function readInput(json: string): z.infer<typeof Input> {
  try {
    return Input.parse(JSON.parse(json));
  } catch {
    throw usage('stdin must contain {"args":[…]}, a list of texts');
  }
}
