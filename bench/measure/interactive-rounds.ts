import { type Testbed, waitForAnswers } from '../../dev/simulation/testbed.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import { summary } from './statistics.ts';

/** Sends one action after the other to the agents with this name prefix, of which there is one. */
export async function runRounds(
  testbed: Testbed,
  { name, prefix, count }: { name: string; prefix: string; count: number },
) {
  const rounds: Round[] = [];
  for (let n = 0; n < count; n++) rounds.push(await runRound(testbed, { name: `${name} ${n}`, prefix }));
  return summaryOfRounds(rounds);
}

/** The same for as long as the work takes. Also returns its outcome. */
export async function runRoundsDuring<T>(
  testbed: Testbed,
  { name, prefix }: { name: string; prefix: string },
  work: Promise<T>,
) {
  let isWorking = true;
  const working = work.finally(() => {
    isWorking = false;
  });
  const rounds: Round[] = [];
  while (isWorking) rounds.push(await runRound(testbed, { name: `${name} ${rounds.length}`, prefix }));
  return { outcome: await working, count: rounds.length, ...summaryOfRounds(rounds) };
}

/** Milliseconds of the parts of one round, each from the end of the part before it. */
interface RoundParts {
  accepted: number;
  resolved: number;
  published: number;
  answered: number;
}

interface Round {
  totalMs: number;
  parts: RoundParts;
}

function summaryOfRounds(rounds: readonly Round[]) {
  const p95Of = (part: keyof RoundParts) => summary(rounds.map(({ parts }) => parts[part])).p95;
  return {
    ...summary(rounds.map(({ totalMs }) => totalMs)),
    p95OfParts: {
      accepted: p95Of('accepted'),
      resolved: p95Of('resolved'),
      published: p95Of('published'),
      answered: p95Of('answered'),
    },
  };
}

/** The times of a command, in milliseconds since 1970. */
type Moment = 'resolved' | 'published' | 'finished';

async function runRound(
  testbed: Testbed,
  { name, prefix }: { name: string; prefix: string },
): Promise<Round> {
  const action = await testbed.sign({ name, target: `name LIKE '${prefix}-%'` });
  const { id: actionId, sentAt, acceptedMs } = await testbed.post(action);
  const answeredAt = await waitForAnswers(testbed, { actionId, count: 1, everyMs: 5 });
  const { resolved, published, finished } = await readRow<Record<Moment, number>>(testbed.db, {
    text: `SELECT
       extract(epoch FROM starttime)::float8 * 1000 AS resolved,
       extract(epoch FROM publishedat)::float8 * 1000 AS published,
       extract(epoch FROM finishtime)::float8 * 1000 AS finished
     FROM commands
     WHERE actionid = $1`,
    values: [actionId],
  });
  return {
    totalMs: answeredAt - sentAt,
    parts: {
      accepted: acceptedMs,
      resolved: resolved - sentAt,
      published: published - resolved,
      answered: finished - published,
    },
  };
}
