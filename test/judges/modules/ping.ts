import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { factsOf } from '../facts.ts';
import { linesOf } from '../programs.ts';
import type { Judge, ModuleQuestions, Question } from '../question.ts';

const TIMED_OUT = 9_999_999;

export const pingQuestions: ModuleQuestions = {
  module: 'ping',
  async open(resources) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    resources.defer(() => server.close());
    const { port } = server.address() as AddressInfo;
    const [silent, answering] = [createSocket('udp4'), createSocket('udp4')];
    answering.on('message', (message, from) => answering.send(message, from.port, from.address));
    for (const socket of [silent, answering]) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      resources.defer(() => socket.close());
    }
    return [
      ...icmpQuestions(),
      ...portQuestions({ open: port, silent: silent.address().port, answering: answering.address().port }),
      ...refusals(),
    ];
  },
};

function icmpQuestions(): Question[] {
  return ['127.0.0.1', '::1', 'localhost'].map((destination) => ({
    what: `an echo of ${destination}`,
    parameters: { protocol: 'icmp', destination, count: 2, timeout: 5 },
    judges: [ping(destination)],
    mig: { facts },
  }));
}

function ping(destination: string): Judge {
  return {
    program: 'ping',
    theirs: () => [
      linesOf(['ping', '-c', '1', '-W', '5', destination]).some((line) => line.includes(' 0% packet loss'))
        ? 'reached'
        : 'not reached',
    ],
    ours: ({ foundanything }) => [foundanything ? 'reached' : 'not reached'],
  };
}

function portQuestions(ports: { open: number; silent: number; answering: number }): Question[] {
  const probe = (what: string, protocol: string, destinationport: number): Question => ({
    what,
    parameters: { protocol, destination: '127.0.0.1', destinationport, count: 2, timeout: 1 },
    mig: { facts },
  });
  return [
    probe('an open port of tcp', 'tcp', ports.open),
    {
      ...probe('a closed port of tcp', 'tcp', 1),
      mig: {
        facts,
        explained: [
          { lines: /./, because: 'MIG ends with a runtime error when a connection of tcp is refused' },
        ],
      },
    },
    probe('a port of udp that answers', 'udp', ports.answering),
    probe('a port of udp that is silent', 'udp', ports.silent),
    probe('a closed port of udp', 'udp', 9),
  ];
}

function refusals(): Question[] {
  return [
    { what: 'an unknown protocol', parameters: { protocol: 'sctp', destination: '127.0.0.1' } },
    {
      what: 'a port that is too high',
      parameters: { protocol: 'tcp', destination: '127.0.0.1', destinationport: 65_536 },
    },
  ];
}

/** With how each probe ended instead of how long it took. */
function facts(result: ModuleResult): string[] {
  const elements = result.elements as { latencies?: number[] | null } | null;
  if (!Array.isArray(elements?.latencies)) return factsOf(result);
  const latencies = elements.latencies.map((ms) => (ms > 0 && ms < TIMED_OUT ? 'measured' : ms));
  return factsOf({ ...result, elements: { ...elements, latencies } });
}
