import { describe, expect, test } from 'vitest';
import { NO_TERMS } from '../../../modules/module.ts';
import { persistence } from '../../../modules/persistence/module.ts';
import { process as processModule } from '../../../modules/process/module.ts';

describe.each([processModule, persistence])('module $name', (module) => {
  test.each([
    [{}, "'searches' has no search: it finds nothing"],
    [{ searches: { s1: {} } }, "search 's1' has no check and would find nothing"],
    [{ searches: { s1: { name: ['x'] } } }, "unknown parameter 'searches.s1.name'"],
  ])('%j is refused by the run, whoever asks', async (parameters, error) => {
    const loadHost = () => Promise.reject(new Error('no host'));
    const run = await module.loadRun();
    for (const terms of [NO_TERMS, { ...NO_TERMS, asMig: true }]) {
      const refused = await run.run(parameters, { loadHost, terms });
      expect(refused).toMatchObject({ success: false, elements: null });
      expect(refused.errors?.join()).toContain(error);
    }
  });
});
