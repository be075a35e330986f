import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take more than a minute and a half, together more than half of all tests. They are `npm run test:long`, and
 * the slowest start first: one that starts last leaves the other processors idle.
 */
const LONG = [
  'e2e/first-contact',
  'security/attacks',
  'e2e/sweeps',
  'e2e/cli-mistyped-lines',
  'integration/recovery',
  'e2e/upgrade-module',
  'e2e/agent-build',
  'e2e/mig-runner',
  'e2e/help-examples',
  'integration/cli-long-lists',
  'e2e/stack',
  'e2e/loader',
  'e2e/loader-killed',
  'e2e/loader-own-agent',
  'e2e/agent-faults',
  'e2e/agent-limits',
  'e2e/release',
  'integration/cli-investigators',
  'integration/cli-loaders',
  'e2e/cli-console',
  'integration/queue-types',
  'e2e/questions',
  'e2e/brakes-killed',
].map((name) => `test/${name}.test.ts`);

/** The slowest of the other files. */
const SLOW = [
  'e2e/cli',
  'integration/upgrade',
  'integration/deadly-messages',
  'e2e/inbox',
  'e2e/worker-killed',
  'integration/audit',
  'unit/fuzz/endpoint-parsers',
  'unit/fuzz/platform-parsers',
].map((name) => `test/${name}.test.ts`);

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const slowest = [...LONG, ...SLOW];
    const rank = ({ moduleId }: TestSpecification) => {
      const index = slowest.findIndex((file) => moduleId.endsWith(file));
      return index === -1 ? slowest.length : index;
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
          exclude: LONG,
          ...withServices,
        },
      },
      { extends: true, test: { name: 'long', include: LONG, ...withServices } },
    ],
  },
});
