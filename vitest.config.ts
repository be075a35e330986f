import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest files start first: one that starts last leaves the other processors idle. */
const SLOWEST = [
  'security/attacks',
  'integration/recovery',
  'e2e/stack',
  'e2e/first-contact',
  'e2e/agent-faults',
  'e2e/upgrade-module',
  'e2e/worker-killed',
  'integration/deadly-messages',
  'integration/audit',
  'unit/fuzz/endpoint-parsers',
  'unit/fuzz/platform-parsers',
];

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const index = SLOWEST.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return index === -1 ? SLOWEST.length : index;
    };
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

// The services start once for the whole run. Each file has its own database, vhost and namespace.
const withServices = {
  globalSetup: ['test/setup/global.ts'],
  // They detect a hang, not slowness: machines are shared.
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests with services wait more than they compute.
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,replay}/**/*.test.ts'],
          testTimeout: 60_000,
          // The files of a worker share their modules: to import them anew costs more than to run the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: ['test/{integration,e2e,security}/**/*.test.ts'],
          ...withServices,
        },
      },
    ],
  },
});
