import type { ModuleResult } from '../contract/command.ts';
import { errorMessage } from '../contract/errors.ts';
import { encodeJson } from '../contract/rules/go-json.ts';
import { readParameters } from '../modules/protocol.ts';
import { moduleRun } from '../modules/registry.ts';
import { moduleInterface } from '../modules/schemas.ts';

/** `mig-agent -m <module>`: one message on stdin, one JSON result on stdout, exit status 0 also for refusals. */
export async function runModule(
  name: string,
  input: string,
  { mask }: { mask: boolean },
): Promise<ModuleResult | undefined> {
  const module = moduleRun(name);
  if (!module) return undefined;
  let parameters: unknown;
  try {
    parameters = readParameters(input);
  } catch (error) {
    return module.failed(errorMessage(error));
  }
  const watch = endWithParent();
  const result = await module.run(parameters);
  clearInterval(watch);
  return mask && module.mask ? module.mask(result) : result;
}

/** A module must not outlive an agent that was killed: modules let timers run now and then. */
function endWithParent(): NodeJS.Timeout {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, 500);
  watch.unref();
  return watch;
}

/** What goes to stdout; an unknown module has its own form in MIG. */
export function printJson(name: string, result: ModuleResult | undefined): string {
  return result ? encodeJson(result) : `{"errors": ["module '${name}' is not available"]}`;
}

export function printPretty(name: string, result: ModuleResult): string {
  const lines = moduleInterface(name)?.print(result, { foundOnly: false }) ?? [];
  return lines.map((line) => `${line}\n`).join('');
}
