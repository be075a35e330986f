import { describe, expect, test } from 'vitest';
import type { RunnerEvent } from '../../../../../cli/runner/events/runner-log.ts';
import type { Intent } from '../../../../../cli/runner/launch/intents.ts';
import { settleIntent } from '../../../../../cli/runner/launch/settle-intent.ts';
import type { ActionView } from '../../../../../contract/api-responses.ts';
import { MigError } from '../../../../../contract/errors.ts';

const START = Date.parse('2026-12-01T06:00:00Z');
const INTENT: Intent = {
  key: '00000000-0000-4000-8000-000000000000',
  job: 'daily',
  scheduled: '2026-12-01T06:00:00.000Z',
  plugin: '',
  sendonly: false,
  validfrom: '2026-12-01T05:59:00Z',
  expireafter: '2026-12-01T06:05:00Z',
  signature: 'signature',
  action: '{}',
};
const POSTED = { id: 7 } as unknown as ActionView;
const down = new MigError('unavailable', 'the API is down');

type Answer = ActionView | MigError | undefined;

/** An API that gives these answers, one for each request, and a clock that only waits advance. */
function rig({ posts = [], finds = [] }: { posts?: Answer[]; finds?: Answer[] }) {
  let nowMs = START;
  const stop = new AbortController();
  const events: RunnerEvent[] = [];
  const calls: string[] = [];
  const take = (name: string, answers: Answer[]) => async () => {
    calls.push(name);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof MigError) throw answer;
    return answer;
  };
  const post = take('post', posts) as () => Promise<ActionView>;
  return {
    calls,
    events,
    stop,
    settle: (isRepeated: boolean, at = START) => {
      nowMs = at;
      return settleIntent(
        {
          post,
          find: take('find', finds),
          log: (event) => events.push(event),
          now: () => nowMs,
          sleep: async (ms) => {
            nowMs += ms;
            return !stop.signal.aborted;
          },
          signal: stop.signal,
        },
        INTENT,
        { isRepeated },
      );
    },
  };
}

describe('a new launch', () => {
  test('is posted once', async () => {
    const { settle, calls } = rig({ posts: [POSTED] });
    expect(await settle(false)).toEqual({ type: 'launched', posted: POSTED });
    expect(calls).toEqual(['post']);
  });

  test('that the API refuses has failed', async () => {
    const { settle, calls } = rig({ posts: [new MigError('target_syntax', 'no such column')] });
    expect(await settle(false)).toEqual({ type: 'refused', reason: 'no such column' });
    expect(calls).toEqual(['post']);
  });

  test('is posted again while the API is unreachable, with longer and longer waits', async () => {
    const { settle, calls, events } = rig({ posts: [down, down, down, POSTED] });
    expect(await settle(false)).toMatchObject({ type: 'launched' });
    expect(calls).toHaveLength(4);
    expect(events.map(({ message }) => message.split(': ').at(-1))).toEqual([
      'again in 1 s',
      'again in 2 s',
      'again in 4 s',
    ]);
  });

  test('that was never answered until it expired is looked for, and has failed when it is not there', async () => {
    const { settle, calls } = rig({ posts: [down], finds: [down, undefined] });
    expect(await settle(false)).toEqual({
      type: 'refused',
      reason: 'it expired before the API could be reached',
    });
    expect(calls.slice(-2)).toEqual(['find', 'find']);
  });

  test('of which only the answer was lost is found after it expired', async () => {
    expect(await rig({ posts: [down], finds: [POSTED] }).settle(false)).toMatchObject({ type: 'launched' });
  });

  test('stays open when the runner stops', async () => {
    const { settle, stop } = rig({ posts: [down] });
    stop.abort();
    expect(await settle(false)).toEqual({ type: 'stopped' });
  });
});

describe('a launch that an earlier runner left', () => {
  test('is posted with the same key, which launches it at most once', async () => {
    const { settle, calls } = rig({ posts: [POSTED] });
    expect(await settle(true)).toMatchObject({ type: 'launched' });
    expect(calls).toEqual(['post']);
  });

  test('that is refused now may have been accepted before', async () => {
    const refusal = new MigError('unauthorized', 'the key was disabled');
    const { settle, calls } = rig({ posts: [refusal], finds: [POSTED] });
    expect(await settle(true)).toMatchObject({ type: 'launched' });
    expect(calls).toEqual(['post', 'find']);
    expect(await rig({ posts: [refusal], finds: [undefined] }).settle(true)).toEqual({
      type: 'refused',
      reason: 'the key was disabled',
    });
  });

  test('that has expired is not posted, but looked for until the API answers', async () => {
    const { settle, calls } = rig({ finds: [down, new MigError('unauthorized', 'no'), POSTED] });
    expect(await settle(true, START + 3_600_000)).toMatchObject({ type: 'launched' });
    expect(calls).toEqual(['find', 'find', 'find']);
  });

  test('that has expired for a clock of the API that is ahead is looked for', async () => {
    const expired = new MigError('action_expired', 'action expireafter is in the past');
    const { settle } = rig({ posts: [down, expired], finds: [POSTED] });
    expect(await settle(false)).toMatchObject({ type: 'launched' });
  });
});
