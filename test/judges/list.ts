import { agentdestroyQuestions } from './modules/agentdestroy.ts';
import { exampleQuestions } from './modules/example.ts';
import { memoryQuestions } from './modules/memory.ts';
import { netstatQuestions } from './modules/netstat.ts';
import { persistentQuestions } from './modules/persistent.ts';
import { pingQuestions } from './modules/ping.ts';
import { pkgQuestions } from './modules/pkg.ts';
import { processQuestions } from './modules/process.ts';
import { scribeQuestions } from './modules/scribe.ts';
import { sshkeyQuestions } from './modules/sshkey.ts';
import { timedriftQuestions } from './modules/timedrift.ts';
import { yaraQuestions } from './modules/yara.ts';
import type { ModuleQuestions } from './question.ts';

/** The modules that others answer for, too. `file.ts` asks about files. */
export const JUDGED: Readonly<Record<string, ModuleQuestions>> = Object.fromEntries(
  [
    agentdestroyQuestions,
    exampleQuestions,
    memoryQuestions,
    netstatQuestions,
    ...persistentQuestions,
    pingQuestions,
    pkgQuestions,
    processQuestions,
    scribeQuestions,
    sshkeyQuestions,
    timedriftQuestions,
    yaraQuestions,
  ].map((one) => [one.module, one]),
);

/** Why a module has no judge. */
export const UNJUDGED: Readonly<Record<string, string>> = {
  persistence: "no other program lists what starts by itself, and MIG's agent has no such module",
  upgrade: "it changes the machine, and MIG's last agent has no such module",
};
