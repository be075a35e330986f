import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { parseSweep } from '../../contract/sweep/document.ts';
import { signableOperations } from '../../contract/sweep/run-actions.ts';
import { createInvestigatorCli } from '../../dev/stack/investigator.ts';
import { type PostedSweep, postSweep, signParts, triggerSweep } from '../../dev/sweep-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { createPool } from '../../platform/postgres/pool.ts';
import { fileCheck, plannedThisMinute, planRun, signAhead, sweepText, waitForRun } from '../setup/sweeps.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import { createInvestigatorWith } from './create-investigator-with.ts';
import type { Rig } from './rig.ts';

// What signatures do not protect from is in docs/security-model.md, beside these.

const SIGNED =
  'every run is signed for its own operations, target and window, and the worker verifies it again';
const DOCUMENT = 'the runs of a sweep are signed only for a document by a known key';
const RIGHTS = 'least rights of the roles';
const NIGHTLY = { cron: '0 3 * * *', catchup: '0s' };

/** A sweep of the victim, by Bob, with a planned time now that nobody has signed yet. */
async function openSweep(rig: Rig, changes: object = {}): Promise<PostedSweep & { plannedat: string }> {
  const { cron, plannedat } = plannedThisMinute();
  const posted = await postSweep(
    rig.bob,
    sweepText({
      name: `attack ${randomUUID()}`,
      target: `name='${rig.victimName}'`,
      schedule: { cron, catchup: '0s' },
      validity: '10m',
      ...changes,
    }),
  );
  return { ...posted, plannedat };
}

/** Waits for the end of a planned run, which must be `unsigned` without having asked anybody. */
async function endsUnsigned(rig: Rig, runId: number) {
  const { state, reason, targeted } = await waitForRun(rig, runId);
  const { rows } = await rig.pool.query('SELECT FROM sweep_actions WHERE runid = $1', [runId]);
  return stoppedIf(
    state === 'unsigned' && targeted === 0 && rows.length === 0,
    brief(`${state}, ${targeted} asked: ${reason}`),
  );
}

/** As the owner of the database: changes the signed parts of a run, and lets the run begin. */
async function withAltered(rig: Rig, { sql, values = [] }: { sql: string; values?: unknown[] }) {
  const posted = await openSweep(rig);
  const signed = await signAhead(rig.bob, posted, [posted.plannedat]);
  if (signed.status !== 202) throw new Error(`signing answered ${signed.status}: ${signed.text}`);
  await rig.pool.query(sql, [posted.id, ...values]);
  return endsUnsigned(rig, await planRun(rig, posted, posted.plannedat));
}

/** Replaces the document of a sweep by another one of its name, which the attacker has signed, with a registered key. */
async function forgeDocument(rig: Rig, posted: PostedSweep): Promise<{ fingerprint: string }> {
  const attacker = await createInvestigatorWith(rig, { action: true, action_create: true });
  const text = sweepText({
    name: posted.sweep.name,
    checks: [fileCheck('shadow', '/root')],
    schedule: NIGHTLY,
  });
  await rig.pool.query('UPDATE sweeps SET document = $2, signatures = $3, operations = $4 WHERE id = $1', [
    posted.id,
    text,
    JSON.stringify([await signText(text, attacker.api.key)]),
    JSON.stringify(signableOperations(parseSweep(text).checks)),
  ]);
  return { fingerprint: attacker.key.fingerprint };
}

function cliOf({ slot, apiUrl }: Rig) {
  return createInvestigatorCli({
    home: join(slot.services.home, slot.name),
    apiUrl,
    key: slot.people.john,
  });
}

async function signedRuns({ pool }: Rig, sweepId: number): Promise<number> {
  const { rows } = await pool.query('SELECT count(*) AS n FROM sweep_signed WHERE sweepid = $1', [sweepId]);
  return rows[0].n;
}

/** One statement as a role of the platform, which Postgres must refuse. */
function denied(role: 'migapi' | 'migscheduler', name: string, statement: string): Attack {
  return {
    name: `sweeps: ${role}: ${name}`,
    holder: role === 'migapi' ? 'the API host' : 'the worker host',
    wall: RIGHTS,
    async run({ slot }) {
      const pool = createPool({ url: slot.urlOf(role, slot.name), name: 'attack', max: 1 });
      try {
        const outcome = await pool.query(statement).then(() => 'allowed', errorMessage);
        return stoppedIf(/permission denied/.test(outcome), brief(outcome));
      } finally {
        await pool.end();
      }
    },
  };
}

export const SWEEP_ATTACKS: readonly Attack[] = [
  {
    name: 'sweeps: a forged document whose signer is not among the keys given to mig sweep sign',
    holder: 'the database',
    wall: DOCUMENT,
    async run(rig) {
      const posted = await openSweep(rig, { schedule: NIGHTLY });
      await forgeDocument(rig, posted);
      const keys = join(rig.slot.services.home, rig.slot.name, 'sweep-keys');
      mkdirSync(keys, { recursive: true });
      writeFileSync(join(keys, 'bob.asc'), rig.slot.people.bob.publicKey);
      const words = ['sweep', 'sign', posted.sweep.name, '-until', '3d', '-y', '-keys', keys];
      const { status, stderr } = await cliOf(rig).mig(words);
      const signed = await signedRuns(rig, posted.id);
      return stoppedIf(status === 3 && signed === 0, brief(`${signed} runs signed: ${stderr}`));
    },
  },
  {
    name: 'sweeps: a forged document without -keys is signed only under the name of its true key',
    holder: 'the database',
    wall: 'mig prints the fingerprint, and says that the key came from the API',
    async run(rig) {
      const posted = await openSweep(rig, { schedule: NIGHTLY });
      const { fingerprint } = await forgeDocument(rig, posted);
      const { stderr } = await cliOf(rig).mig(['sweep', 'sign', posted.sweep.name, '-until', '3d', '-y']);
      const isTold = stderr.includes(`(${fingerprint})`) && stderr.includes('the API sent this key');
      return stoppedIf(isTold, brief(stderr));
    },
  },
  {
    name: 'sweeps: another question under an old signature of the document',
    holder: 'the database',
    wall: DOCUMENT,
    async run(rig) {
      const posted = await openSweep(rig, { schedule: NIGHTLY });
      await rig.pool.query(`UPDATE sweeps SET document = replace(document, '/etc', '/opt') WHERE id = $1`, [
        posted.id,
      ]);
      const { status, stderr } = await cliOf(rig).mig([
        'sweep',
        'sign',
        posted.sweep.name,
        '-until',
        '3d',
        '-y',
      ]);
      return stoppedIf(status === 3 && (await signedRuns(rig, posted.id)) === 0, brief(stderr));
    },
  },
  {
    name: 'sweeps: the document of another sweep in the place of the one that was asked for',
    holder: 'the database',
    wall: 'mig compares the name in the signed document with the one that was asked for',
    async run(rig) {
      const posted = await openSweep(rig, { schedule: NIGHTLY });
      const other = await openSweep(rig, { checks: [fileCheck('other', '/root')] });
      await rig.pool.query(
        `UPDATE sweeps s
         SET document = o.document, signatures = o.signatures, operations = o.operations
         FROM sweeps o
         WHERE s.id = $1 AND o.id = $2`,
        [posted.id, other.id],
      );
      const { status, stderr } = await cliOf(rig).mig([
        'sweep',
        'sign',
        posted.sweep.name,
        '-until',
        '1d',
        '-y',
      ]);
      return stoppedIf(status !== 0 && (await signedRuns(rig, posted.id)) === 0, brief(stderr));
    },
  },
  {
    name: 'sweeps: a signed run moved to another time',
    holder: 'the database',
    wall: SIGNED,
    run: (rig) =>
      withAltered(rig, {
        sql: `UPDATE sweep_signed
         SET validfrom = validfrom + interval '1 second', expireafter = expireafter - interval '1 second'
         WHERE sweepid = $1`,
      }),
  },
  {
    name: "sweeps: yesterday's signed run in the place of today's",
    holder: 'the database',
    wall: SIGNED,
    run: (rig) =>
      withAltered(rig, {
        sql: `UPDATE sweep_signed
         SET validfrom = validfrom - interval '1 day', expireafter = expireafter - interval '1 day'
         WHERE sweepid = $1`,
      }),
  },
  {
    name: 'sweeps: the signed run of one sweep in another one with another target',
    holder: 'the database',
    wall: SIGNED,
    async run(rig) {
      const posted = await openSweep(rig);
      const other = await openSweep(rig, { target: 'true' });
      const signed = await signAhead(rig.bob, posted, [posted.plannedat]);
      if (signed.status !== 202) throw new Error(signed.text);
      await rig.pool.query('UPDATE sweep_signed SET sweepid = $2, plannedat = $3 WHERE sweepid = $1', [
        posted.id,
        other.id,
        other.plannedat,
      ]);
      return endsUnsigned(rig, await planRun(rig, other, other.plannedat));
    },
  },
  {
    name: 'sweeps: a run of other checks than its document has',
    holder: 'the database',
    wall: SIGNED,
    run: (rig) =>
      withAltered(rig, {
        sql: 'UPDATE sweep_signed SET operations = $2 WHERE sweepid = $1',
        values: ['[{"module":"file","parameters":{"searches":{"s":{"paths":["/root"],"names":["."]}}}}]'],
      }),
  },
  {
    name: 'sweeps: a signature for a time that the schedule never plans',
    holder: "one investigator's key",
    wall: "Temporal's own list of planned times",
    async run(rig) {
      const posted = await openSweep(rig);
      const plannedat = timestampFromMillis(Date.parse(posted.plannedat) + 3600_000);
      const { status, text } = await signAhead(rig.bob, posted, [plannedat]);
      return stoppedIf(status === 400 && (await signedRuns(rig, posted.id)) === 0, brief(text));
    },
  },
  {
    name: 'sweeps: endpoints that the sweep never asked, by a verification',
    holder: "one investigator's key",
    wall: 'a verification names endpoints and checks of its sweep',
    async run(rig) {
      const posted = await openSweep(rig);
      const target = `queueloc='${rig.own.queueloc}'`;
      const outcome = await triggerSweep(rig.bob, posted, { kind: 'verify', checks: ['one'], target }).then(
        () => 'accepted',
        errorMessage,
      );
      return stoppedIf(/answered 404/.test(outcome), brief(outcome));
    },
  },
  {
    name: 'sweeps: a waiver that its signer has not signed',
    holder: "one investigator's key",
    wall: 'a waiver is signed as one text',
    async run(rig) {
      const posted = await openSweep(rig);
      const until = timestampFromMillis(Date.now() + 3600_000);
      const waiver = (why: string) =>
        JSON.stringify({ sweep: posted.sweep.name, sweepid: posted.id, check: 'one', why, until });
      const [part] = await signParts(rig.bob.key, posted, posted.plannedat);
      const { status, text } = await rig.bob.form('/sweep/waive/', {
        sweepid: String(posted.id),
        waiver: waiver('never said'),
        signatures: JSON.stringify(part?.signatures),
      });
      return stoppedIf(status === 403, brief(text));
    },
  },
  denied('migapi', 'drop a waiver', 'DELETE FROM waivers'),
  denied('migapi', 'change the text of a waiver', `UPDATE waivers SET why = 'x'`),
  denied('migapi', 'change a signed document', `UPDATE sweeps SET document = '{}'`),
  denied('migapi', 'set a verdict without an answer', `UPDATE compliance_items SET status = 'pass'`),
  denied('migscheduler', 'invent a waiver', 'INSERT INTO waivers SELECT * FROM waivers'),
  denied('migscheduler', 'end a waiver', 'UPDATE waivers SET revokedat = now()'),
  denied('migscheduler', 'sign a run', 'INSERT INTO sweep_signed SELECT * FROM sweep_signed'),
];
