import { parseAnswer } from '../../contract/command.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { parseRelayHeartbeat } from '../../contract/heartbeat.ts';
import { MAX_HEARTBEAT_BYTES, MAX_RESULT_BYTES } from '../../contract/limits.ts';
import { answer, ofJson, relayHeartbeat } from './corpus.ts';
import { batchOf, type Source } from './generate.ts';

/** Replaced by the number of the message: no two messages are about the same endpoint. */
const PLACEHOLDER = '777000111222';
const HEARTBEAT_MAX_AGE_MS = 3_600_000;

export function goodAnswer(id: number): unknown {
  const result = {
    foundanything: true,
    success: true,
    elements: { mark: id },
    statistics: null,
    errors: null,
  };
  return answer({ id, agent: { queueloc: `linux.fuzz-${id}.x` }, results: [result] });
}

export function heartbeatOf(endpoint: string, name: string): Record<string, unknown> {
  const now = timestampFromMillis(Date.now());
  return relayHeartbeat({
    name,
    queueloc: `linux.${endpoint}.x`,
    starttime: now,
    heartbeatts: now,
    refreshts: now,
  });
}

export function hostileAnswers(seed: number, prey: readonly number[]): Generator<Buffer, never> {
  const example = answer({ id: Number(PLACEHOLDER), agent: { queueloc: `linux.fuzz-${PLACEHOLDER}.x` } });
  return hostile({
    seed,
    source: { corpus: ofJson(example), maxBytes: MAX_RESULT_BYTES },
    numberOf: (n) => String(prey[n % prey.length]),
    subject(body) {
      const { id, agent } = parseAnswer(body);
      return `${id} ${agent.queueloc}`;
    },
  });
}

export function hostileHeartbeats(seed: number): Generator<Buffer, never> {
  return hostile({
    seed: seed + 1,
    source: { corpus: ofJson(heartbeatOf(`fuzz-${PLACEHOLDER}`, 'hostile')), maxBytes: MAX_HEARTBEAT_BYTES },
    numberOf: String,
    subject(body) {
      const { queueloc, pid } = parseRelayHeartbeat(body, {
        nowMs: Date.now(),
        maxAgeMs: HEARTBEAT_MAX_AGE_MS,
      });
      return `${queueloc} ${pid}`;
    },
  });
}

/** Yields hostile bodies without end. A second one about the same command or process is skipped: both would be stored as one. */
function* hostile({
  seed,
  source,
  numberOf,
  subject,
}: {
  seed: number;
  source: Source;
  numberOf: (n: number) => string;
  subject: (body: Buffer) => string;
}): Generator<Buffer, never> {
  const seen = new Set<string>();
  let n = 0;
  for (let batch = 0; ; batch++) {
    for (const make of batchOf({ source, seed, batch })) {
      const body = Buffer.from(make().toString('latin1').replaceAll(PLACEHOLDER, numberOf(n)), 'latin1');
      const key = subjectOf(body, subject);
      if (key !== undefined && seen.has(key)) continue;
      if (key !== undefined) seen.add(key);
      n++;
      yield body;
    }
  }
}

function subjectOf(body: Buffer, subject: (body: Buffer) => string): string | undefined {
  try {
    return subject(body);
  } catch {
    return undefined; // it will be refused
  }
}
