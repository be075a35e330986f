import type { InvestigatorView } from '../../../contract/api-responses.ts';
import { DEFAULT_PERMISSIONS, PERMISSION_SETS, permissionNames } from '../../../contract/permissions.ts';
import { requireOneOf } from '../../command-line.ts';
import { endApiKey, makeApiKey } from '../../investigators/api-key.ts';
import { findInvestigator } from '../../investigators/find-investigator.ts';
import { publicKeyLines } from '../../investigators/public-key-lines.ts';
import { setPermissions } from '../../investigators/set-permissions.ts';
import { setInvestigatorStatus } from '../../investigators/set-status.ts';
import { PERMISSION_WORDS, parsePermissionWords } from '../../records/permission-words.ts';
import type { CliSession } from '../../session.ts';
import { investigatorLines, printLastSigned } from '../../show/show-investigator.ts';
import { type Mode, type OpenMode, openMode } from '../order.ts';
import { parseCount, withCommonOrders } from './common-orders.ts';

interface State {
  investigator: InvestigatorView;
}

const STATUSES = ['active', 'disabled'] as const;

export const INVESTIGATOR_MODE: Mode<State> = withCommonOrders({
  name: 'investigator',
  prompt: ({ investigator: { id } }) => `investigator ${id}`,
  orders: [
    {
      name: 'details',
      usage: 'details',
      summary: 'print who they are, and what they may do',
      run({ session: { output } }, { investigator }) {
        for (const line of investigatorLines(investigator)) output.answer(line);
        return undefined;
      },
    },
    {
      name: 'pubkey',
      usage: 'pubkey',
      summary: 'print their armored public key',
      run({ session: { output } }, { investigator }) {
        for (const line of publicKeyLines(investigator)) output.answer(line);
        return undefined;
      },
    },
    {
      name: 'lastactions',
      usage: 'lastactions [n]',
      summary: 'list what they signed last; 10 by default',
      words: [0, 1],
      async run({ words, session }, { investigator: { id } }) {
        await printLastSigned(session, { id, max: parseCount('lastactions', words[0]) });
        return undefined;
      },
    },
    {
      name: 'setstatus',
      usage: 'setstatus <active|disabled>',
      summary: 'let their keys count, or not; asks first',
      words: [1, 1],
      complete: (words) => (words.length === 1 ? STATUSES : []),
      async run({ words, session }, state) {
        const status = requireOneOf('setstatus: the word after it', words[0], STATUSES);
        await setInvestigatorStatus(session, await reload(session, state), status);
        await reload(session, state);
        return undefined;
      },
    },
    {
      name: 'setperms',
      usage: 'setperms [set or permission]…',
      summary: 'replace their permissions by these and the default set; asks first',
      words: [0, 32],
      complete: () => PERMISSION_WORDS,
      async run({ words, session }, state) {
        const named = words.length === 0 ? 0 : parsePermissionWords('setperms', words.join(' '));
        await setPermissions(session, await reload(session, state), named | DEFAULT_PERMISSIONS);
        await reload(session, state);
        return undefined;
      },
    },
    {
      name: 'showperms',
      usage: 'showperms',
      summary: 'list the sets of permissions',
      run({ session: { output } }) {
        for (const [name, mask] of Object.entries(PERMISSION_SETS)) {
          output.answer(`${name.padEnd(12)}  ${permissionNames(mask).join(', ')}`);
        }
        return undefined;
      },
    },
    {
      name: 'apikey',
      usage: 'apikey <active|disabled>',
      summary: 'make a new API key, printed once, or end the present one',
      words: [1, 1],
      complete: (words) => (words.length === 1 ? STATUSES : []),
      async run({ words, session }, state) {
        const status = requireOneOf('apikey: the word after it', words[0], STATUSES);
        const change = { active: makeApiKey, disabled: endApiKey }[status];
        await change(session, await reload(session, state));
        await reload(session, state);
        return undefined;
      },
    },
    {
      name: 'r',
      usage: 'r',
      summary: 'read the investigator again',
      async run({ session }, state) {
        session.output.note(`read again: ${(await reload(session, state)).status}`);
        return undefined;
      },
    },
  ],
});

export async function openInvestigatorMode(session: CliSession, word: string): Promise<OpenMode> {
  const investigator = await findInvestigator(session.api, word);
  const { id, name, status } = investigator;
  session.output.answer(`investigator ${id}: ${name}, ${status}`, 'bold');
  return openMode(INVESTIGATOR_MODE, { investigator });
}

/** Others may have changed them since: a change must begin with what they are now. */
async function reload({ api }: CliSession, state: State): Promise<InvestigatorView> {
  state.investigator = await findInvestigator(api, String(state.investigator.id));
  return state.investigator;
}
