import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { defined } from '../../setup/defined.ts';
import type { ModuleQuestions } from '../question.ts';

const VERSION = '20260101+abcdef0.prod';

/** Nothing is ever killed: the process is none of an agent, and stays until the end. */
export const agentdestroyQuestions: ModuleQuestions = {
  module: 'agentdestroy',
  async open(resources) {
    const child = spawn('sleep', ['100000'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = defined(child.pid);
    resources.defer(() => endLiving(child));
    return [
      { what: 'a pid that no agent has', parameters: { pid: 1, version: VERSION } },
      { what: 'a pid without a version', parameters: { pid } },
      {
        what: 'a process that is no agent',
        parameters: { pid, version: VERSION },
        mig: {
          explained: [
            {
              lines: /^(ours|theirs) error /,
              because:
                'MIG runs the executable with -V to see its version; ours knows the agents of its installation',
            },
          ],
        },
      },
      {
        what: 'a process that does not exist',
        parameters: { pid: 4_194_000, version: VERSION },
        mig: {
          explained: [{ lines: /^(ours|theirs) error /, because: 'MIG accepts no pid over 65535' }],
        },
      },
    ];
  },
};

async function endLiving(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error('a module killed a process that is no agent');
  }
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}
