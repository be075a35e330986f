import { join } from 'node:path';
import { readNumber, runScript, usage } from '../../platform/program/command-line.ts';
import { readExternalServices } from '../stack/programs/external.ts';
import { SetupError } from '../stack/programs/setup-error.ts';
import { DEMO_FOLDER, down, stackHome, stackOwner, up } from '../stack/stack.ts';
import { print, report } from '../terminal.ts';
import { demoInvestigations } from './demo-investigations.ts';
import { demoLinks } from './demo-links.ts';
import { demoModules } from './demo-modules.ts';
import { demoSweep } from './demo-sweep.ts';
import { demoUpgrade } from './demo-upgrade.ts';

const USAGE = `npm run demo -- [upgrade | modules | sweep] [--once] [--agents N] [--install]

Starts the whole platform with three agents and runs real investigations on this machine: the root password check of
the concepts document, a content search over /etc, and an action that needs two signatures. --once stops it again.

With "upgrade": three agents of one version are brought to the next one, which is built on the spot.
With "modules": the agents are asked one question of each module.
With "sweep": a compliance sweep is signed, run, turned by a change, waived and verified.

A stack that npm run up started is left alone: beside it the demo has one of its own, which ends with the demo.
`;

const MAX_AGENTS = 9999;
const DEMOS = {
  investigations: demoInvestigations,
  upgrade: demoUpgrade,
  modules: demoModules,
  sweep: demoSweep,
};

interface DemoOptions {
  demo: keyof typeof DEMOS;
  agents: number;
  install: boolean;
  isStoppedAfterwards: boolean;
}

await runScript(
  {
    usage: USAGE,
    words: 1,
    options: { agents: { type: 'string' }, install: { type: 'boolean' }, once: { type: 'boolean' } },
  },
  ({ agents, install = false, once = false }, [word]) => {
    if (word !== undefined && word !== 'upgrade' && word !== 'modules' && word !== 'sweep')
      throw usage(`unknown argument: ${word}`);
    const demo = word ?? 'investigations';
    const fewest = demo === 'upgrade' ? { byDefault: 0, min: 0 } : { byDefault: 3, min: 1 };
    const count = readNumber('--agents', agents, { ...fewest, max: MAX_AGENTS });
    return runDemo({ demo, agents: count, install, isStoppedAfterwards: once });
  },
);

async function runDemo({ demo, agents, install, isStoppedAfterwards }: DemoOptions): Promise<number> {
  const { home, isBesideAnother } = chooseHome();
  const stack = await up({ home, agents, install, report, startedBy: 'demo' });
  const isStopped = isStoppedAfterwards || isBesideAnother;
  const isLasting = !isStopped || readExternalServices(process.env).temporal !== undefined;
  const linkTo = demoLinks(stack, { isLasting });
  try {
    await DEMOS[demo](stack, { home, print, report, linkTo });
  } finally {
    if (isStopped) await down(home);
  }
  print(
    isStopped
      ? `\nThe stack of this demo is stopped. One that stays (npm run down first, no --once) shows each action in Temporal's UI.`
      : `\nThe stack runs on: ${stack.temporal.uiUrl} shows the workflows, npm run down stops it.`,
  );
  return 0;
}

/** A stack that `up` started is left alone: the demo then starts another one beside it. */
function chooseHome(): { home: string; isBesideAnother: boolean } {
  const home = stackHome();
  if (stackOwner(home) !== 'up') return { home, isBesideAnother: false };
  // With external services both stacks would share a database and a vhost.
  const external = Object.values(readExternalServices(process.env));
  if (external.some((service) => service !== undefined))
    throw new SetupError(
      'a stack of npm run up uses services of the environment: stop it with npm run down first',
    );
  const demoHome = join(home, DEMO_FOLDER);
  report(`the stack in ${home} is left alone; this demo has one of its own in ${demoHome}`);
  return { home: demoHome, isBesideAnother: true };
}
