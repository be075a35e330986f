import { expect, test } from 'vitest';
import { answerJson, uniformOutcome } from '../../../../agent/command/answer-json.ts';
import { parseAnswer, parseCommand } from '../../../../contract/command.ts';
import { MAX_COMMAND_BYTES, MAX_RESULT_BYTES } from '../../../../contract/limits.ts';

test('an answer stays below the size limit of a result, whatever the command makes it echo', () => {
  // Go writes each `<` as six characters.
  const padding = '<'.repeat(MAX_COMMAND_BYTES - 1_000);
  const body = JSON.stringify({
    id: 5,
    action: { id: 4, name: 'x', target: 'true', operations: [{ module: 'file', parameters: {} }] },
    agent: { id: 3, name: 'host', queueloc: 'linux.x', pid: 2, environment: { aws: { padding } } },
    status: 'sent',
  });
  const command = parseCommand(Buffer.from(body));
  const answer = Buffer.from(answerJson(command, 'linux.x', uniformOutcome(command.action, { error: 'no' })));
  expect(answer.length).toBeLessThan(MAX_RESULT_BYTES);
  expect(parseAnswer(answer)).toMatchObject({ id: 5, agent: { queueloc: 'linux.x' }, status: 'failed' });
});
