import { join } from 'node:path';
import { permissionsFromMask } from '../../contract/permissions.ts';
import type { ApiAnswer } from '../../dev/api-caller.ts';
import { createInvestigatorCli } from '../../dev/stack/investigator.ts';
import { draft, readEntry, signSubmitted, submitDraft, submitFirst, submitNew } from '../setup/inbox.ts';
import { firstValue } from '../setup/loaders.ts';
import { type Attack, brief, errorMessageIn, stoppedIf } from './attack.ts';
import { createInvestigatorWith } from './create-investigator-with.ts';
import type { Rig } from './rig.ts';

const VERIFIED = 'mig verifies every signature over the text that it shows, and the note of the first signer';
const ONE_EACH = 'the platform counts each active investigator once, over this text';
const ENDED = 'what was declined or withdrawn is not launched';

function bobsMig({ slot, apiUrl }: Rig) {
  return createInvestigatorCli({
    home: join(slot.services.home, slot.name),
    apiUrl,
    key: slot.people.bob,
  });
}

/** An entry of John's that reaches the victim. */
const waiting = (rig: Rig) => submitNew(rig.john, { target: `name='${rig.victimName}'` });

async function launchedNamed({ pool }: Rig, name: string): Promise<number> {
  return (await pool.query('SELECT FROM actions WHERE name = $1', [name])).rowCount ?? 0;
}

/** As the owner of the database: changes an entry that waits. Bob must refuse to sign it. */
function swapped(name: string, sql: string): Attack {
  return {
    name: `inbox: ${name}`,
    holder: 'the database',
    wall: VERIFIED,
    async run(rig) {
      const { id, action, digest } = await waiting(rig);
      const other = await waiting(rig);
      await rig.pool.query(sql, sql.includes('$2') ? [id, other.id] : [id]);
      const { status, stderr } = await bobsMig(rig).mig(['inbox', 'sign', String(id), '-digest', digest]);
      const launched = await launchedNamed(rig, action.name);
      return stoppedIf(status === 3 && launched === 0, brief(stderr));
    },
  };
}

/** Whether a request was refused, and left the action unlaunched. */
async function refused(rig: Rig, answer: ApiAnswer, name: string) {
  const launched = await launchedNamed(rig, name);
  return stoppedIf(
    answer.status >= 400 && launched === 0,
    brief(`${answer.status} ${errorMessageIn(answer.text)}`),
  );
}

export const INBOX_ATTACKS: readonly Attack[] = [
  swapped(
    'another text in the place of the one that was signed first',
    `UPDATE inbox SET action = replace(action, '/etc', '/root') WHERE id = $1`,
  ),
  swapped(
    'a note that says that fewer agents were reached',
    `UPDATE inbox SET note = replace(note, '"agents":0', '"agents":9') WHERE id = $1`,
  ),
  swapped(
    'the text of another entry, under its own note',
    `UPDATE inbox SET action = o.action FROM inbox o WHERE inbox.id = $1 AND o.id = $2`,
  ),
  {
    name: 'inbox: the own signature a second time, as that of a second signer',
    holder: "one investigator's key",
    wall: ONE_EACH,
    async run(rig) {
      const submitted = await waiting(rig);
      const again = firstValue(await signSubmitted(rig.john, submitted));
      const launched = await launchedNamed(rig, submitted.action.name);
      return stoppedIf(
        again.state === 'waiting' && again.signers.length === 1 && launched === 0,
        again.state,
      );
    },
  },
  {
    name: 'inbox: the signature of a disabled investigator',
    holder: "one investigator's key",
    wall: ONE_EACH,
    async run(rig) {
      const person = await createInvestigatorWith(rig, permissionsFromMask(63));
      const submitted = await submitNew(person.api);
      await rig.bob.form('/investigator/update/', { id: String(person.id), status: 'disabled' });
      const { state, signers } = firstValue(await signSubmitted(rig.john, submitted));
      return stoppedIf(
        state === 'waiting' && signers[0].counts === false,
        `${state}, the first does not count`,
      );
    },
  },
  {
    name: 'inbox: a signature over another action',
    holder: "one investigator's key",
    wall: ONE_EACH,
    async run(rig) {
      const { id, digest, action } = await waiting(rig);
      const other = await draft([rig.bob]);
      return refused(rig, await signSubmitted(rig.bob, { id, digest, action: other.action }), action.name);
    },
  },
  {
    name: 'inbox: a declined action that is signed later, and posted as a file',
    holder: "one investigator's key",
    wall: ENDED,
    async run(rig) {
      const both = await draft([rig.john, rig.bob], { target: `name='${rig.victimName}'` });
      const id = await submitFirst(rig.john, both);
      await rig.bob.form('/inbox/decline/', { inboxid: String(id), reason: 'no' });
      const signed = await signSubmitted(rig.bob, { ...both, id });
      if (signed.status !== 409) return stoppedIf(false, brief(signed.text));
      const posted = await rig.bob.form('/action/create/', { action: both.text });
      return refused(rig, posted, both.action.name);
    },
  },
  {
    name: 'inbox: an action whose window has ended',
    holder: "one investigator's key",
    wall: 'what waits until the end of its window has expired',
    async run(rig) {
      const submitted = await waiting(rig);
      await rig.pool.query(`UPDATE inbox SET expireafter = now() - interval '1 second' WHERE id = $1`, [
        submitted.id,
      ]);
      return refused(rig, await signSubmitted(rig.bob, submitted), submitted.action.name);
    },
  },
  {
    name: 'inbox: a launched action submitted and signed again',
    holder: "one investigator's key",
    wall: 'a text comes into the inbox once',
    async run(rig) {
      const submitted = await waiting(rig);
      await signSubmitted(rig.bob, submitted);
      const note = submitted.note.replace('"agents":0', '"agents":1');
      const again = await submitDraft(rig.john, { ...submitted, note });
      const { state } = await readEntry(rig.bob, submitted.id);
      const launched = await launchedNamed(rig, submitted.action.name);
      return stoppedIf(
        again.status === 409 && launched === 1,
        brief(`${state}, ${launched} launched: ${errorMessageIn(again.text)}`),
      );
    },
  },
];
