import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest: one that began last would be waited for by an idle processor. */
const LONGEST = [
  'security/attacks',
  'integration/recovery',
  'e2e/stack',
  'e2e/first-contact',
  'e2e/agent-faults',
  'e2e/upgrade-module',
  'e2e/worker-killed',
  'integration/deadly-messages',
  'integration/audit',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

// The services are started once for the whole run; each file takes a database, vhost and namespace of its own.
const withServices = {
  globalSetup: ['test/setup/global.ts'],
  // Limits of a hang, not of a speed: machines are shared.
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    pool: 'forks',
    // Services' tests wait more than they compute.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/{unit,replay}/**/*.test.ts'], testTimeout: 60_000 },
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
