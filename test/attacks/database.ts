import { errorMessage } from '../../contract/errors.ts';
import { createPool } from '../../platform/postgres/pool.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';

const RIGHTS = 'least rights of the roles';

type Role = keyof typeof HOLDERS;

const HOLDERS = {
  migadmin: 'the database',
  migapi: 'the API host',
  migscheduler: 'the worker host',
  migsearch: 'the API host',
  migtarget: 'the worker host',
} as const;

/** One statement as one of the platform's roles. Postgres must refuse it, and nothing of it may remain. */
function denied(role: Role, name: string, statement: string): Attack {
  return {
    name: `${role}: ${name}`,
    holder: HOLDERS[role],
    wall: RIGHTS,
    async run({ slot }) {
      const pool = createPool({ url: slot.urlOf(role, slot.name), name: 'attack', max: 1 });
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const outcome = await client.query(statement).then(() => 'allowed', errorMessage);
        return stoppedIf(
          /denied|must be|not allowed|only|not a member|cannot|may not|check constraint/i.test(outcome),
          brief(outcome),
        );
      } finally {
        await client.query('ROLLBACK').catch(() => {});
        client.release();
        await pool.end();
      }
    },
  };
}

const NEW_INVESTIGATOR = `INSERT INTO investigators (name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions)
 VALUES ('x', 'x', '', 'active', now(), now(), 524287)`;

const REPLACED_CHOOSE = `CREATE OR REPLACE FUNCTION mig_target.choose(target text, with_offline boolean)
 RETURNS SETOF numeric LANGUAGE sql AS 'SELECT 1::numeric'`;
const REPLACED_RESOLVE = `CREATE OR REPLACE FUNCTION mig_target.resolve(action numeric, with_offline boolean)
 RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'`;

export const DATABASE_ATTACKS: readonly Attack[] = [
  denied('migadmin', 'run a program on the server', `COPY (SELECT 1) TO PROGRAM 'id'`),
  denied('migadmin', 'read a file of the server', `SELECT pg_read_file('/etc/passwd')`),
  denied('migadmin', 'become a superuser', 'ALTER ROLE migadmin SUPERUSER'),
  denied('migapi', 'change a signature', `UPDATE signatures SET pgpsignature = 'x'`),
  denied('migapi', 'change the target of an action', `UPDATE actions SET target = 'true'`),
  denied('migapi', 'change the operations of an action', `UPDATE actions SET operations = '[]'`),
  denied('migapi', 'delete actions', 'DELETE FROM actions'),
  denied('migapi', 'delete signatures', 'DELETE FROM signatures'),
  denied(
    'migapi',
    'write a command',
    `INSERT INTO commands (actionid, agentid, queueloc, status, starttime) VALUES (1, 1, 'x', 'sent', now())`,
  ),
  denied('migapi', 'change an answer', `UPDATE commands SET results = '[]', status = 'success'`),
  denied('migapi', "change an investigator's key", `UPDATE investigators SET publickey = 'x'`),
  denied('migapi', "change an investigator's fingerprint", `UPDATE investigators SET pgpfingerprint = 'x'`),
  denied('migapi', 'read the column for private keys', 'SELECT privatekey FROM investigators'),
  denied('migapi', 'delete investigators', 'DELETE FROM investigators'),
  denied('migapi', 'drop a table', 'DROP TABLE actions'),
  denied('migapi', 'empty a table', 'TRUNCATE commands CASCADE'),
  denied('migapi', 'make a function', `CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`),
  denied('migapi', 'replace the function that evaluates targets', REPLACED_CHOOSE),
  denied('migapi', 'replace the function that expands an action', REPLACED_RESOLVE),
  denied('migapi', 'make an extension', 'CREATE EXTENSION dblink'),
  denied('migapi', 'become the administrator', 'SET ROLE migadmin'),
  denied('migapi', 'become the worker', 'SET ROLE migscheduler'),
  denied('migapi', 'read a file of the server', `SELECT pg_read_file('/etc/passwd')`),
  denied('migapi', 'run a program on the server', `COPY (SELECT 1) TO PROGRAM 'id'`),
  denied('migapi', 'write a file on the server', `COPY (SELECT 1) TO '/tmp/x'`),
  denied('migapi', 'read the passwords of roles', 'SELECT rolpassword FROM pg_authid'),
  denied('migapi', 'give itself rights', 'GRANT ALL ON actions TO migapi; DELETE FROM actions'),
  denied('migapi', 'change its own role', 'ALTER ROLE migapi SUPERUSER'),
  denied('migapi', 'switch off triggers', `SET session_replication_role = 'replica'`),
  denied('migapi', 'import a file as a large object', `SELECT lo_import('/etc/passwd')`),
  denied('migscheduler', 'make an investigator', NEW_INVESTIGATOR),
  denied('migscheduler', 'promote an investigator', 'UPDATE investigators SET permissions = 524287'),
  denied('migscheduler', "change an investigator's key", `UPDATE investigators SET publickey = 'x'`),
  denied('migscheduler', 'read API key hashes', 'SELECT apikey FROM investigators'),
  denied('migscheduler', 'read the column for private keys', 'SELECT privatekey FROM investigators'),
  denied('migscheduler', 'delete actions', 'DELETE FROM actions'),
  denied('migscheduler', 'delete answers', 'DELETE FROM commands'),
  denied('migscheduler', 'become the administrator', 'SET ROLE migadmin'),
  denied('migscheduler', 'run a program on the server', `COPY (SELECT 1) TO PROGRAM 'id'`),
  denied('migscheduler', 'make a table', 'CREATE TABLE public.t (x int)'),
  denied('migscheduler', 'replace the function that evaluates targets', REPLACED_CHOOSE),
  denied('migscheduler', 'replace the function that expands an action', REPLACED_RESOLVE),
  denied('migapi', 'evaluate a target itself', `SELECT mig_target.choose('true', true)`),
  denied('migapi', 'search with its own rights', `SELECT mig_target.search('true', true, 10, 0)`),
  denied('migapi', 'plan with its own rights', `SELECT mig_target.explain('true')`),
  denied('migapi', 'expand an action', 'SELECT mig_target.resolve(1, true)'),
  denied('migscheduler', 'evaluate a target itself', `SELECT mig_target.choose('true', true)`),
  denied('migscheduler', 'search', `SELECT mig_target.search('true', true, 10, 0)`),
  denied('migscheduler', 'expand an action with its own rights', 'SELECT mig_target.resolve(1, true)'),
  denied('migtarget', 'evaluate a target itself', `SELECT mig_target.choose('true', true)`),
  denied('migtarget', 'search', `SELECT mig_target.search('true', true, 10, 0)`),
  denied('migtarget', 'read agents', 'SELECT * FROM agents'),
  denied('migtarget', 'read actions', 'SELECT * FROM actions'),
  denied('migtarget', 'write a command', 'DELETE FROM commands'),
  denied('migtarget', 'sleep', 'SELECT pg_sleep(30)'),
  denied('migtarget', 'take an advisory lock', 'SELECT pg_advisory_lock(1)'),
  denied('migtarget', 'make a large object', 'SELECT lo_creat(-1)'),
  denied('migtarget', 'make a table for itself', 'CREATE TEMP TABLE t (x int)'),
  denied('migtarget', 'become the worker', 'SET ROLE migscheduler'),
  denied('migsearch', 'expand an action', 'SELECT mig_target.resolve(1, true)'),
  denied('migsearch', 'read investigators', 'SELECT * FROM investigators'),
  denied('migsearch', 'become the API', 'SET ROLE migapi'),
  denied('migadmin', 'change the audit trail', `UPDATE audit SET actor = 'x'`),
  denied('migadmin', 'empty the audit trail', 'TRUNCATE audit CASCADE'),
  denied('migapi', 'change the audit trail', `UPDATE audit SET actor = 'x'`),
  denied('migapi', 'delete from the audit trail', 'DELETE FROM audit'),
  denied('migscheduler', 'change the audit trail', `UPDATE audit SET actor = 'x'`),
  denied('migscheduler', 'delete from the audit trail', 'DELETE FROM audit'),
  denied(
    'migscheduler',
    "write into the audit trail in the API's name",
    `INSERT INTO audit (source, kind, outcome) VALUES ('api', 'cancel', 'done')`,
  ),
  denied(
    'migscheduler',
    'write into the audit trail what nobody has proven',
    `INSERT INTO audit (source, kind, outcome, isproven) VALUES ('temporal', 'cancel', 'done', true)`,
  ),
];
