import { readFileSync } from 'node:fs';
import type { Acl } from '../../contract/rules/acl.ts';
import { createLogger } from '../../platform/log.ts';
import { readKeyring } from '../../platform/openpgp/keyring.ts';
import { demoAcl, loadPeople } from '../stack/seed.ts';
import { type SimulatedAgents, startSimulatedAgents } from './agent/agents.ts';
import type { FleetSpec, LedgerReport, Order } from './fleet.ts';

// A process of a simulated fleet: executes the orders of its parent process, and replies to each.
const handleOrder = createOrderHandler();

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  void handleOrder(order).then(
    (reply) => process.send?.({ id, reply }),
    (error: Error) => process.send?.({ id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());

function createOrderHandler(): (order: Order) => Promise<LedgerReport | undefined> {
  let started: SimulatedAgents | undefined;
  const agents = () => {
    if (!started) throw new Error('the agents have not been started');
    return started;
  };
  return async (order) => {
    switch (order.do) {
      case 'start':
        started = await start(order.spec);
        return undefined;
      case 'heartbeat':
        await agents().heartbeat(order.overMs);
        return undefined;
      case 'come back':
        await agents().comeBack();
        return undefined;
      case 'ledger':
        return { ran: agents().ledger.commands(), repeated: agents().ledger.repeated() };
    }
  };
}

async function start({ relay, keysFolder, ...spec }: FleetSpec): Promise<SimulatedAgents> {
  const people = await loadPeople(keysFolder);
  const armored = Object.values(people).map(({ publicKey }) => ({ armored: publicKey }));
  const { keyring } = await readKeyring(armored);
  const { caFile, certFile, keyFile, ...address } = relay;
  const pem = (file: string) => readFileSync(file, 'utf8');
  return startSimulatedAgents({
    ...spec,
    relay: { ...address, ca: pem(caFile), cert: pem(certFile), key: pem(keyFile) },
    keyring,
    acl: demoAcl(people) as Acl,
    log: createLogger('simulation', 'warn'),
  });
}
