import { join } from 'node:path';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import { createInvestigatorCli } from '../../dev/stack/investigator.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { declareAgentQueue } from '../../platform/rabbitmq/topology.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import type { Rig } from './rig.ts';

/** Colours, the title, the clipboard, the cursor, C1 controls, text direction, a forged line. */
const ORDERS =
  '\u001b[31m\u001b]0;title\u0007\u001b]52;c;eA==\u0007\u009b2J\u202egpj\u2066\r\u001b[K\nforged';
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const QUEUELOC = 'linux.terminal.1';

/** An endpoint of the attacker's whose name and answers contain terminal control sequences. */
async function openEndpoint(rig: Rig): Promise<void> {
  await declareAgentQueue(rig.asAgent.channel, QUEUELOC);
  await rig.heartbeat({ name: `terminal${ORDERS}`, queueloc: QUEUELOC, pid: 78 });
  await waitFor('registration', async () => {
    const { rows } = await rig.pool.query('SELECT 1 FROM agents WHERE queueloc = $1', [QUEUELOC]);
    return rows.length > 0;
  });
}

/** Answers the next command of this action as the attacker's endpoint. */
async function answerAs(rig: Rig, actionName: string, isFound: boolean): Promise<number> {
  const command = await waitFor('the command', async () => {
    const { rows } = await rig.pool.query(
      `SELECT c.id, c.actionid
       FROM commands c JOIN actions a ON a.id = c.actionid
       WHERE a.name = $1 AND c.publishedat IS NOT NULL`,
      [actionName],
    );
    return rows[0] as { id: number; actionid: number } | undefined;
  });
  const match = {
    file: `/tmp/${ORDERS}`,
    search: {},
    fileinfo: { lastmodified: ORDERS, mode: ORDERS, size: 1, sha256: ORDERS },
  };
  const result = {
    foundanything: isFound,
    success: isFound,
    elements: isFound ? { [`s1${ORDERS}`]: [match] } : null,
    statistics: { exectime: ORDERS },
    errors: [`it failed ${ORDERS}`],
  };
  const status = isFound ? 'success' : 'failed';
  await rig.asAgent.publish({
    exchange: EXCHANGE_TO_SCHEDULERS,
    routingKey: QUEUE_RESULTS,
    body: JSON.stringify({ id: command.id, agent: { queueloc: QUEUELOC }, status, results: [result] }),
  });
  return command.actionid;
}

export const TERMINAL_ATTACKS: readonly Attack[] = [
  {
    name: 'terminal: control characters in names of endpoints, files and actions, and in errors',
    holder: "an endpoint's root",
    wall: 'mig prints no control characters',
    async run(rig) {
      await openEndpoint(rig);
      const { mig } = createInvestigatorCli({
        home: join(rig.slot.services.home, rig.slot.name),
        apiUrl: rig.apiUrl,
        key: rig.slot.people.bob,
      });
      const printed: string[] = [];
      for (const [options, isFound] of [
        [['-show', 'all'], true],
        [['--json'], true],
        [['-show', 'all'], false],
      ] as const) {
        const name = `terminal ${printed.length} ${ORDERS}`;
        const search = ['-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];
        const running = mig(['file', '-t', `queueloc='${QUEUELOC}'`, '-n', name, ...search, ...options]);
        const actionId = await answerAs(rig, name, isFound);
        const runs = [
          await running,
          await mig(['status', String(actionId)]),
          await mig(['audit', '-limit', '50']),
        ];
        printed.push(...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]));
      }
      await rig.pool.query(`UPDATE agents SET status = 'destroyed' WHERE queueloc = $1`, [QUEUELOC]);
      const text = printed.join('\n');
      const isShown = (text.match(/52;c;eA==/g) ?? []).length >= 6;
      const isForged = /^forged/m.test(text);
      return stoppedIf(
        isShown && !isForged && !OBEYED.test(text.replaceAll('\n', '')),
        brief(`printed as text: ${text}`),
      );
    },
  },
];
