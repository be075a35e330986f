import type { LoaderView } from '../../../contract/loader.ts';
import { findLoader } from '../../loaders/find-loader.ts';
import { renewKey } from '../../loaders/renew-key.ts';
import { setCondition } from '../../loaders/set-condition.ts';
import { setLoaderStatus } from '../../loaders/set-status.ts';
import type { CliSession } from '../../session.ts';
import { loaderLines } from '../../show/show-loader.ts';
import { type Mode, type OpenMode, type Order, openMode } from '../order.ts';
import { withCommonOrders } from './common-orders.ts';

interface State {
  loader: LoaderView;
}

export const LOADER_MODE: Mode<State> = withCommonOrders({
  name: 'loader',
  prompt: ({ loader: { id } }) => `loader ${id}`,
  orders: [
    setsStatus('enable', 'enabled', 'let it fetch manifests'),
    setsStatus('disable', 'disabled', 'refuse it until it is enabled again; asks first'),
    {
      name: 'expectenv',
      usage: 'expectenv [condition]',
      summary: 'set what its machine must be; without a condition anything',
      takesText: true,
      words: [0, 1],
      async run({ words, session }, state) {
        await setCondition(session, state.loader, words[0] ?? '');
        await reload(session, state);
        return undefined;
      },
    },
    {
      name: 'json',
      usage: 'json',
      summary: 'print the loader as JSON',
      run({ session: { output } }, { loader }) {
        output.json(JSON.stringify(loader, null, 2));
        return undefined;
      },
    },
    {
      name: 'key',
      usage: 'key',
      summary: 'replace its key by a new one, printed once; asks first',
      async run({ session }, state) {
        await renewKey(session, state.loader);
        await reload(session, state);
        return undefined;
      },
    },
    {
      name: 'r',
      usage: 'r',
      summary: 'read the loader again',
      async run({ session }, state) {
        const { enabled } = await reload(session, state);
        session.output.note(`read again: ${enabled ? 'enabled' : 'disabled'}`);
        return undefined;
      },
    },
  ],
});

function setsStatus(name: string, status: 'enabled' | 'disabled', summary: string): Order<State> {
  return {
    name,
    usage: name,
    summary,
    async run({ session }, state) {
      await setLoaderStatus(session, await reload(session, state), status);
      await reload(session, state);
      return undefined;
    },
  };
}

export async function openLoaderMode(session: CliSession, word: string): Promise<OpenMode> {
  const loader = await findLoader(session.api, word);
  for (const line of loaderLines(loader)) session.output.answer(line);
  return openMode(LOADER_MODE, { loader });
}

async function reload({ api }: CliSession, state: State): Promise<LoaderView> {
  state.loader = await findLoader(api, String(state.loader.id));
  return state.loader;
}
