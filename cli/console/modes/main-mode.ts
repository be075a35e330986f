import { MigError } from '../../../contract/errors.ts';
import { requireOneOf } from '../../command-line.ts';
import { createInvestigator } from '../../investigators/create-investigator.ts';
import { createLoader } from '../../loaders/create-loader.ts';
import { createManifest } from '../../manifest/create-manifest.ts';
import { readManifestFiles } from '../../manifest/read-files.ts';
import { checkedRecordName } from '../../records/record-name.ts';
import type { RecordType } from '../../search/search-filters.ts';
import type { CliSession } from '../../session.ts';
import { printDashboard } from '../../show/dashboard.ts';
import { askText } from '../../terminal/ask.ts';
import { expandHome } from '../known.ts';
import type { Mode, Order, Step } from '../order.ts';
import { queryUrl } from '../query-url.ts';
import { completeSearch, runSearch } from '../search.ts';
import { parseCount, withCommonOrders } from './common-orders.ts';

const LAST_LINES = 10;
const CREATED = ['action', 'investigator', 'loader', 'manifest'] as const;

export const MAIN_MODE: Mode<undefined> = withCommonOrders({
  name: 'main',
  prompt: () => 'mig',
  orders: [
    enters('action', '<id>', 'read an action: who was asked what, and the answers'),
    enters('agent', '<id>', 'read an agent: what it is, and what it was asked last'),
    enters('command', '<id>', 'read a command: what one agent answered to an action'),
    enters('investigator', '<id or name>', 'manage an investigator: status, permissions, API key'),
    enters('loader', '<id or name>', 'manage a loader: status, condition, key'),
    enters('manifest', '<id or name>', 'manage a manifest: files, signatures, status'),
    {
      name: 'create',
      usage: 'create <action|investigator|loader|manifest>',
      summary: 'make a new one; asks for what it needs',
      words: [1, 1],
      complete: (words) => (words.length === 1 ? CREATED : []),
      run: ({ words, session }) =>
        create(session, requireOneOf('create: the word after it', words[0], CREATED)),
    },
    {
      name: 'search',
      usage: 'search <type> [where <key>=<value> [and …]]',
      summary: 'find records; search help lists the keys of each type',
      words: [0, 64],
      complete: completeSearch,
      run: runSearch,
    },
    {
      name: 'query',
      usage: 'query <path or URL>',
      summary: 'print what the API answers to a GET of this path',
      words: [1, 1],
      async run({ words, session: { api, config, output } }) {
        output.json(await api.getText(queryUrl(words[0] ?? '', config.apiUrl)));
        return undefined;
      },
    },
    {
      name: 'showcfg',
      usage: 'showcfg',
      summary: 'print the configuration that this console uses',
      run({ session }) {
        for (const line of configLines(session)) session.output.answer(line);
        return undefined;
      },
    },
    {
      name: 'status',
      usage: 'status',
      summary: 'print the numbers of the fleet, and the latest actions',
      async run({ session }) {
        await printDashboard(session);
        return undefined;
      },
    },
    {
      name: 'history',
      usage: 'history [n]',
      summary: `print the last orders that were typed, newest first; ${LAST_LINES} by default`,
      words: [0, 1],
      run({ words, history, session: { output } }) {
        const count = parseCount('history', words[0]) ?? LAST_LINES;
        for (const line of history.slice(-count).reverse()) output.answer(line);
        return undefined;
      },
    },
  ],
});

function enters(mode: RecordType, argument: string, summary: string): Order<undefined> {
  return {
    name: mode,
    usage: `${mode} ${argument}`,
    summary,
    words: [1, 1],
    complete: (words, known) => (words.length === 1 ? known.ids(mode) : []),
    run: ({ words }) => ({ enter: { mode, word: words[0] ?? '' } }),
  };
}

async function create(session: CliSession, what: (typeof CREATED)[number]): Promise<Step | undefined> {
  switch (what) {
    case 'action':
      return { enter: { mode: 'launcher', template: undefined } };
    case 'investigator':
      await createInvestigator(session, {});
      return undefined;
    case 'loader':
      await askLoader(session);
      return undefined;
    case 'manifest':
      await askManifest(session);
      return undefined;
  }
}

async function askLoader(session: CliSession): Promise<void> {
  const { asker } = session;
  const name = checkedRecordName('loader', await askText('name of the loader', { flag: '<name>', asker }));
  const expectenv = await asker.ask('condition on its machine, or nothing: ');
  if (expectenv === undefined) throw new MigError('usage', 'nothing was created');
  await createLoader(session, { name, expectenv: expectenv.trim() });
}

async function askManifest(session: CliSession): Promise<void> {
  const { asker } = session;
  const name = checkedRecordName(
    'manifest',
    await askText('name of the manifest', { flag: '<name>', asker }),
  );
  const target = await askText('condition on the loaders that get it', { flag: '-t', asker });
  const from = await askText('folder of its files, or their .tar.gz', { flag: '-from', asker });
  const { content, files } = await readManifestFiles(expandHome(from));
  await createManifest(session, { name, target, content, files });
}

/** As the configuration file has them. A passphrase is never printed. */
function configLines({ config, signer }: CliSession): string[] {
  const { apiUrl, gpgHome, keyFile, macros } = config;
  return [
    '[api]',
    `  url = ${apiUrl}`,
    '[gpg]',
    ...(keyFile === undefined ? [`  home = ${gpgHome ?? "GnuPG's default"}`] : [`  keyfile = ${keyFile}`]),
    `  keyid = ${signer.fingerprint}`,
    ...(macros.size === 0 ? [] : ['[targets]']),
    ...[...macros].map(([name, target]) => `  macro = ${name}:${target}`),
  ];
}
