import { config } from 'zod';
import { errorMessage } from '../../contract/errors.ts';
import { encodeJson, RawJson } from '../../contract/go/json.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import type { AgentHost } from '../../modules/module.ts';
import { type ModuleInput, readInput } from '../../modules/protocol.ts';
import { loadModule, loadModuleRun } from '../../modules/registry.ts';
import { releaseMemory } from '../../platform/machine/release-memory.ts';
import { BUILD } from '../config/build-info.ts';

/** `mig-agent -m <module>`: one message on stdin, one JSON result on stdout, exit status 0 also for refusals. */
export async function runModule(
  name: string,
  input: string,
  { mask, configFile }: { mask: boolean; configFile: string },
): Promise<ModuleResult | undefined> {
  // One message is parsed: to compile its schema first would take longer. Set before the module makes its schemas.
  config({ jitless: true });
  const module = await loadModuleRun(name);
  if (!module) return undefined;
  let message: ModuleInput;
  try {
    message = readInput(input);
  } catch (error) {
    return module.failed(errorMessage(error));
  }
  const watch = endWithParent();
  const result = await module.run(message.parameters, {
    loadHost: () => hostOf(configFile),
    terms: message.terms,
    ...(message.persistSocket !== undefined && { persistSocket: message.persistSocket }),
  });
  clearInterval(watch);
  return mask && module.mask ? module.mask(result) : result;
}

/** Only modules that act on the agent need its host facts: the others start without reading the configuration. */
async function hostOf(configFile: string): Promise<AgentHost> {
  const { loadConfig } = await import('../config/config.ts');
  const { proxyUrl } = await import('../../platform/network/proxies.ts');
  const { stateDir, configuredProxies, relay } = loadConfig(configFile);
  const proxies = configuredProxies.map(proxyUrl);
  const { version, allowsPlainHttp = false } = BUILD;
  return { version, stateDir, proxies, ca: relay?.ca, allowsPlainHttp };
}

/** Kills the module after the agent was killed. Modules yield to timers now and then. */
function endWithParent(): NodeJS.Timeout {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, 500);
  watch.unref();
  return watch;
}

const PIECE_CHARACTERS = 64 * 1024;
const PIECES_BETWEEN_COLLECTIONS = 20;

/** Prints in pieces, because a result may name every file. For an unknown module MIG prints another form. */
export function* printJson(name: string, result: ModuleResult | undefined): Generator<string> {
  if (!result) {
    const error = encodeJson(`module '${name}' is not available`);
    yield `{"errors": [${error}]}`;
    return;
  }
  let piece = '';
  let pieces = 0;
  for (const text of jsonParts(result)) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
    if (++pieces % PIECES_BETWEEN_COLLECTIONS === 0) releaseMemory();
  }
  yield piece;
}

/** The JSON of a result, with a part for each element of its lists. */
function* jsonParts(result: ModuleResult): Generator<string> {
  const { elements } = result;
  const isObject = typeof elements === 'object' && !Array.isArray(elements);
  const fields = isObject ? Object.entries(elements ?? {}) : [];
  const lists = fields.filter(([, value]) => value !== undefined);
  if (lists.length === 0) return yield encodeJson(result);
  const [before, after] = encodeJson({ ...result, elements: new RawJson('\0') }).split('\0');
  yield `${before}{`;
  for (const [index, [label, list]] of lists.entries()) {
    yield `${index === 0 ? '' : ','}${encodeJson(label)}:`;
    yield* Array.isArray(list) ? listParts(list) : [encodeJson(list)];
  }
  yield `}${after}`;
}

/** Empties the list, so that the memory of printed elements can be collected. */
function* listParts(list: unknown[]): Generator<string> {
  yield '[';
  for (const [index, element] of list.entries()) {
    yield `${index === 0 ? '' : ','}${encodeJson(element)}`;
    list[index] = undefined;
  }
  yield ']';
}

export async function printPretty(name: string, result: ModuleResult): Promise<string> {
  const module = await loadModule(name);
  const lines = module?.print(result, { foundOnly: false }) ?? [];
  return lines.map((line) => `${line}\n`).join('');
}
