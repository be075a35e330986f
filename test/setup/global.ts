import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { ensureAgentBuilt, HOSTILE } from '../../dev/build/ensure-built.ts';
import { loadPeople, seedInvestigators } from '../../dev/stack/seed.ts';
import { dataFolder } from '../../dev/stack/services/postgres.ts';
import { createDatabase, startServices } from '../../dev/stack/services/services.ts';
import { stopAll } from '../../dev/stack/services/stop-all.ts';
import { migrate } from '../../platform/postgres/migrate.ts';
import { createPool } from '../../platform/postgres/pool.ts';
import { loadWorkflowBundle } from '../../worker/bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    home: string;
    agentExecutable: string;
    workflowBundle: string;
    slots: number;
  }
}

/** A slot is a database, a vhost and a Temporal namespace. Most test files need one, a few need up to ten. */
const SLOTS_A_FILE = 1.25;
const SPARE_SLOTS = 16;
export const TEMPLATE = 'mig_template';

/** Starts and prepares private services for the whole run. Returns what removes every trace of them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'mig-test-'));
  const files = project.vitest.state.getPaths().filter((file) => project.matchesTestGlob(file)).length;
  const slots = Array.from(
    { length: Math.ceil(SLOTS_A_FILE * files) + SPARE_SLOTS },
    (_, i) => `test-${i + 1}`,
  );
  project.provide('slots', slots.length);
  project.provide('home', home);
  project.provide('agentExecutable', ensureAgentBuilt());
  ensureAgentBuilt(HOSTILE);
  project.provide('workflowBundle', await loadWorkflowBundle());
  const services = await startServices({
    home,
    vhosts: slots,
    namespaces: slots,
    install: true,
    report: () => {},
  });
  await createDatabase(services, TEMPLATE);
  const adminUrl = services.postgres.urlOf('migadmin', TEMPLATE);
  const pool = createPool({ url: adminUrl, name: 'test template', max: 1 });
  await migrate(pool);
  await pool.end();
  await seedInvestigators(adminUrl, await loadPeople(join(home, 'keys')));
  const client = new pg.Client({ connectionString: services.postgres.superuserUrl });
  await client.connect();
  await client.query('CREATE SEQUENCE slots');
  await client.end();
  return async () => {
    await stopAll(home);
    rmSync(dataFolder(home), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  };
}
