import { goDuration } from '../../contract/go/duration.ts';
import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { evaluateTests } from './evaluate.ts';
import { maskResult } from './mask.ts';
import { prepareObjects } from './prepare.ts';
import { buildResult } from './result.ts';
import { Parameters } from './schema.ts';
import { createSession } from './session.ts';
import { createTestRoom } from './test-room.ts';
import { findProblem } from './validate.ts';

/** Evaluates a policy (spec/modules/scribe.md#evaluation): its objects are read, then its tests are evaluated. */
export const scribeRun = defineRun({
  parameters: Parameters,
  findProblem,
  async run(parameters, { terms = NO_TERMS }) {
    const startedNs = process.hrtime.bigint();
    const session = createSession(parameters.scribedoc, terms);
    const objects = await prepareObjects(session);
    const room = createTestRoom(parameters, terms);
    const results = await evaluateTests(objects, { session, room });
    const execruntime = goDuration(process.hrtime.bigint() - startedNs);
    return buildResult(results, { parameters, session, room, execruntime });
  },
  failed: (error) => ({ ...EMPTY_RESULT, statistics: { execruntime: '0s' }, errors: [error] }),
  mask: maskResult,
});
