import { spawnSync } from 'node:child_process';
import { signedAction } from '../../dev/api-caller.ts';
import { commandJson } from '../../dev/simulation/relay-client.ts';
import { runAgent } from '../setup/agent-process.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import { deliver } from './deliver.ts';

const DISK = 'before a command is authorized nothing but id and digest is kept';

/** One empty result for each of 256 operations, as MIG's programs expect. */
const MAX_REFUSAL = 32_768;

/** Attacks on the disk of an endpoint and on its owner's report. */
export const FLOOD_ATTACKS: readonly Attack[] = [
  {
    name: 'hostile relay: fifty refused commands of 900 kB, to fill the disk',
    holder: 'the relay',
    wall: DISK,
    async run(rig) {
      const before = kilobytesOf(rig.victim.stateDir);
      const big = await signedAction([], {
        description: { url: 'x' },
        threat: { ref: 'y' },
        operations: [{ module: 'file', parameters: { pad: 'x'.repeat(900_000) } }],
      });
      await Promise.all(
        repeat(50, (index) =>
          rig.asRelay.sendCommand(
            rig.victim.queueloc,
            commandJson(7_000_000 + index, big, rig.victim.queueloc),
          ),
        ),
      );
      await rig.expectServing();
      const grown = kilobytesOf(rig.victim.stateDir) - before;
      return stoppedIf(grown < 4_096, `the state grew by ${grown} kB`);
    },
  },
  {
    name: 'hostile relay: a refusal that echoes what was sent',
    holder: 'the relay',
    wall: 'the answer to a refusal is small',
    async run(rig) {
      const text = await signedAction([], {
        operations: repeat(200, () => ({ module: 'x'.repeat(250), parameters: {} })),
      });
      const id = await rig.plant(rig.victim.queueloc);
      await rig.asRelay.sendCommand(rig.victim.queueloc, commandJson(id, text, rig.victim.queueloc));
      const answer = await rig.answerTo(id);
      const { rows } = await rig.pool.query('SELECT results::text AS whole FROM commands WHERE id = $1', [
        id,
      ]);
      const whole: string = rows[0].whole;
      return stoppedIf(
        whole.length < MAX_REFUSAL && !whole.includes('xxxx'),
        `${whole.length} characters, nothing of what was sent: ${brief(answer.text)}`,
      );
    },
  },
  {
    name: "investigator: a search hidden from the machine's owner behind padding",
    holder: "one investigator's key",
    wall: 'the report shows whole parameters, whatever their size',
    async run(rig) {
      const secret = `hidden-${Date.now()}`;
      const searches = Object.fromEntries([
        ...repeat(
          300,
          (index) => [`a${index}`, { paths: ['/nonexistent'], names: ['x'.repeat(400)] }] as const,
        ),
        ['z', { paths: ['/etc'], names: [secret], options: { maxdepth: 1 } }],
      ]);
      await deliver(
        rig,
        rig.victim,
        await signedAction([rig.bob.key], {
          name: `padded ${Date.now()}`,
          operations: [{ module: 'file', parameters: { searches } }],
        }),
      );
      const { stdout } = await runAgent(rig.victim.executable, ['-c', rig.victim.config, 'report', '--json']);
      return stoppedIf(
        stdout.includes(secret),
        `the report of ${stdout.length} characters ${stdout.includes(secret) ? 'shows' : 'hides'} it`,
      );
    },
  },
];

function kilobytesOf(folder: string): number {
  return Number(spawnSync('du', ['-sk', folder], { encoding: 'utf8' }).stdout.split('\t')[0]);
}

function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
