import { defineConfig } from 'vitest/config';

// The services are started once for the whole run; each file takes a database, vhost and namespace of its own.
const withServices = {
  globalSetup: ['test/setup/global.ts'],
  testTimeout: 120_000,
  hookTimeout: 180_000,
};

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
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
