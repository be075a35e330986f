import { defineConfig } from 'vitest/config';

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
