import type { Queryable } from '../../platform/postgres/pool.ts';

/** Queries for the objects of a database, one for each kind. Each returns lines of SQL in a fixed order. */
const QUERIES = [
  `SELECT format('CREATE TABLE %s (', c.oid::regclass) || chr(10) ||
     string_agg(
       format('  %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
         CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
         CASE
           WHEN d.adbin IS NULL THEN ''
           WHEN a.attgenerated = '' THEN format(' DEFAULT %s', pg_get_expr(d.adbin, d.adrelid))
           ELSE format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
         END),
       ',' || chr(10) ORDER BY a.attnum
     ) || chr(10) || ');' AS text
   FROM pg_class c
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text IN ('public', 'mig_target')
   GROUP BY c.oid
   ORDER BY c.oid::regclass::text COLLATE "C"`,
  `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s;', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS text
   FROM pg_constraint
   WHERE connamespace::regnamespace::text IN ('public', 'mig_target') AND contype IN ('p', 'u', 'f', 'c')
   ORDER BY conrelid::regclass::text COLLATE "C", conname COLLATE "C"`,
  `SELECT indexdef || ';' AS text
   FROM pg_indexes i
   WHERE schemaname IN ('public', 'mig_target')
     AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = i.indexname)
   ORDER BY tablename COLLATE "C", indexname COLLATE "C"`,
  `SELECT pg_get_triggerdef(t.oid) || ';' AS text
   FROM pg_trigger t
   WHERE NOT tgisinternal
   ORDER BY tgrelid::regclass::text COLLATE "C", tgname COLLATE "C"`,
  `SELECT pg_get_functiondef(p.oid) || ';' AS text
   FROM pg_proc p
   WHERE pronamespace::regnamespace::text IN ('public', 'mig_target')
     AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
   ORDER BY p.oid::regprocedure::text COLLATE "C"`,
  `SELECT format('GRANT %s ON %s TO %I;', string_agg(privilege_type, ', ' ORDER BY privilege_type),
     c.oid::regclass, grantee::regrole) AS text
   FROM pg_class c, aclexplode(c.relacl) AS acl
   WHERE c.relnamespace::regnamespace::text IN ('public', 'mig_target') AND grantee <> 0 AND grantee <> c.relowner
   GROUP BY c.oid, grantee
   ORDER BY c.oid::regclass::text COLLATE "C", grantee::regrole::text COLLATE "C"`,
  `SELECT format('GRANT %s (%s) ON %s TO %I;', privilege_type, string_agg(quote_ident(attname), ', ' ORDER BY attname),
     attrelid::regclass, grantee::regrole) AS text
   FROM pg_attribute, aclexplode(attacl) AS acl
   WHERE attnum > 0 AND NOT attisdropped
     AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'mig_target'))
   GROUP BY attrelid, grantee, privilege_type
   ORDER BY attrelid::regclass::text COLLATE "C", grantee::regrole::text COLLATE "C", privilege_type COLLATE "C"`,
  `SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I;', p.oid::regprocedure, grantee::regrole) AS text
   FROM pg_proc p, aclexplode(proacl) AS acl
   WHERE pronamespace::regnamespace::text IN ('public', 'mig_target') AND grantee <> 0 AND grantee <> proowner
     AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
   ORDER BY p.oid::regprocedure::text COLLATE "C", grantee::regrole::text COLLATE "C"`,
];

/** Returns the schema of a database as SQL, the same for every version of Postgres. */
export async function schemaText(db: Queryable): Promise<string> {
  const parts: string[] = [];
  for (const query of QUERIES) {
    const { rows } = await db.query<{ text: string }>(query);
    parts.push(rows.map(({ text }) => text).join('\n'));
  }
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
