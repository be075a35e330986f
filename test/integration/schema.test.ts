import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createPool } from '../../platform/postgres/pool.ts';
import { openSlot } from '../setup/platform.ts';
import { schemaText } from '../setup/schema-text.ts';

const SNAPSHOT = fileURLToPath(new URL('../../platform/postgres/schema.sql', import.meta.url));

// After a migration, `vitest run test/integration/schema.test.ts -u` renews the file.
test('the migrations create the schema in platform/postgres/schema.sql', async () => {
  await using slot = await openSlot();
  const pool = createPool({ url: slot.urlOf('migadmin', slot.name), name: 'test', max: 1 });
  try {
    const header =
      '-- The schema that the migrations make. Only read, and compared with theirs by a test.\n\n';
    await expect(header + (await schemaText(pool))).toMatchFileSnapshot(SNAPSHOT);
  } finally {
    await pool.end();
  }
});
