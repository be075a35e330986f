import type { Operation } from '../../../contract/action.ts';
import { MigError } from '../../../contract/errors.ts';
import { didYouMean } from '../../../contract/text/closest.ts';
import { allModules, findModule } from '../../../modules/all-modules.ts';
import { loadAction } from '../../action/action-file.ts';
import { prettyJson } from '../../action/action-text.ts';
import { compressWanted } from '../../action/build-action.ts';
import { countReached, signReviewed } from '../../action/launch.ts';
import { expandTarget } from '../../action/target.ts';
import { hasWindow } from '../../action/window.ts';
import { requireOneOf } from '../../command-line.ts';
import type { CliSession } from '../../session.ts';
import { listRecords } from '../../show/list-records.ts';
import { fieldLines } from '../../terminal/field-lines.ts';
import { expandHome } from '../known.ts';
import { askParameters, requireParameters } from '../launcher/ask-parameters.ts';
import { changeDraft, type Draft, draftText, newDraft, withCompression } from '../launcher/draft.ts';
import { launchDraft } from '../launcher/launch-draft.ts';
import { parseTimes } from '../launcher/parse-times.ts';
import { type Call, type Known, type Mode, type OpenMode, openMode, type Place } from '../order.ts';
import { withCommonOrders } from './common-orders.ts';

const PRETTY = 2;
const SWITCHES = ['true', 'false'] as const;

export const LAUNCHER: Mode<Draft> = withCommonOrders({
  name: 'launcher',
  prompt: () => 'launcher',
  orders: [
    {
      name: 'addoperation',
      usage: 'addoperation <module> [flags]',
      summary: 'add what a module is asked; without flags it asks for them',
      words: [1, 256],
      complete: completeFlags,
      run: addOperation,
    },
    {
      name: 'deloperation',
      usage: 'deloperation <n>',
      summary: 'remove an operation; details numbers them, from 0',
      words: [1, 1],
      complete: (words, _known, { action }) => (words.length === 1 ? Object.keys(action.operations) : []),
      run({ words, session }, draft) {
        const index = requireIndex(words[0] ?? '', draft.action.operations);
        change(session, draft, { operations: draft.action.operations.toSpliced(index, 1) });
        return undefined;
      },
    },
    {
      name: 'compress',
      usage: 'compress <true|false>',
      summary: 'compress the parameters of all operations, or not',
      words: [1, 1],
      complete: (words) => (words.length === 1 ? SWITCHES : []),
      run({ words, session }, draft) {
        const word = requireOneOf('compress: the word after it', words[0]?.toLowerCase(), SWITCHES);
        draft.isCompressing = word === 'true';
        change(session, draft, { operations: withCompression(draft.action.operations, draft.isCompressing) });
        return undefined;
      },
    },
    {
      name: 'details',
      usage: 'details',
      summary: 'print what the action asks whom so far',
      run({ session: { output } }, draft) {
        for (const line of detailLines(draft)) output.answer(line);
        return undefined;
      },
    },
    {
      name: 'json',
      usage: 'json [pack]',
      summary: 'print the action as JSON; with pack on one line',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? ['pack'] : []),
      run({ words, session: { output } }, draft) {
        if (words[0] !== undefined) requireOneOf('json: the word after it', words[0], ['pack']);
        output.json(draftText(draft, words[0] === undefined ? PRETTY : undefined));
        return undefined;
      },
    },
    {
      name: 'launch',
      usage: 'launch [nofollow]',
      summary: 'sign and launch it, follow it unless nofollow, and read it',
      words: [0, 1],
      complete: (words) => (words.length === 1 ? ['nofollow'] : []),
      run: launchDraft,
    },
    {
      name: 'listagents',
      usage: 'listagents',
      summary: 'list the agents that the target reaches',
      async run({ session, isFiltered }, { action: { target } }) {
        if (target === '') throw new MigError('usage', 'the action has no target: settarget <target>');
        await listRecords(
          { ...session, options: { ...session.options, target } },
          { plural: 'agents', where: { query: {}, limit: undefined }, format: isFiltered ? 'wide' : 'table' },
        );
        return undefined;
      },
    },
    {
      name: 'load',
      usage: 'load <file>',
      summary: 'take an action from a file, with its signatures',
      words: [1, 1],
      complete: (words, known) => (words.length === 1 ? known.files(words[0] ?? '') : []),
      run: load,
    },
    {
      name: 'setname',
      usage: 'setname <name>',
      summary: 'name the action',
      takesText: true,
      words: [1, 1],
      run({ words, session }, draft) {
        change(session, draft, { name: words[0] ?? '' });
        return undefined;
      },
    },
    {
      name: 'settarget',
      usage: 'settarget <condition or macro>',
      summary: 'choose the agents, and count them',
      takesText: true,
      words: [1, 1],
      complete: (words, known) => (words.length === 1 ? known.macros : []),
      run: setTarget,
    },
    {
      name: 'settimes',
      usage: 'settimes <now|start> <+duration|stop>',
      summary: 'say when agents may run it, as now +10m or two times in RFC 3339',
      words: [2, 2],
      complete: (words) => (words.length === 1 ? ['now'] : []),
      run({ words: [start = '', stop = ''], session }, draft) {
        change(session, draft, parseTimes(draft.action, { start, stop, nowMs: Date.now() }));
        for (const line of timeLines(draft)) session.output.note(line);
        return undefined;
      },
    },
    {
      name: 'sign',
      usage: 'sign',
      summary: 'add your signature; json pack then prints it for the next signer',
      run: sign,
    },
    {
      name: 'times',
      usage: 'times',
      summary: 'print when the action will be valid',
      run({ session: { output } }, draft) {
        for (const line of timeLines(draft)) output.answer(line);
        return undefined;
      },
    },
  ],
});

export function openLauncher(
  { output }: CliSession,
  { template }: Extract<Place, { mode: 'launcher' }>,
): OpenMode {
  const draft = newDraft(template);
  output.note(
    template === undefined ? 'a new action: help lists the orders' : `a new action like ${template.name}`,
  );
  return openMode(LAUNCHER, draft);
}

function change(
  { output }: Pick<CliSession, 'output'>,
  draft: Draft,
  changed: Parameters<typeof changeDraft>[1],
): void {
  const removed = changeDraft(draft, changed);
  if (removed > 0) output.note('the action has changed: its signatures are removed');
}

async function addOperation({ words, session }: Call, draft: Draft): Promise<undefined> {
  const [name = '', ...args] = words;
  const module = findModule(name);
  if (module === undefined) {
    const names = allModules().map((one) => one.name);
    throw new MigError('usage', `there is no module ${JSON.stringify(name)}${didYouMean(name, names)}`);
  }
  if (Object.keys(module.flags).length === 0 && args.length === 0)
    throw new MigError(
      'usage',
      `the module ${name} has no flags: write its parameters into a file, and load it`,
    );
  const parameters = args.length > 0 ? requireParameters(module, args) : await askParameters(session, module);
  if (parameters === undefined) {
    session.output.note('nothing was added');
    return;
  }
  // As an action file has it: only what JSON can say.
  const operation: Operation = { module: name, parameters: JSON.parse(JSON.stringify(parameters)) };
  const added = draft.isCompressing ? withCompression([operation], true) : [operation];
  change(session, draft, { operations: [...draft.action.operations, ...added] });
  session.output.note(`operation ${draft.action.operations.length - 1} asks ${name}:`);
  const text = prettyJson(JSON.stringify(operation.parameters), PRETTY);
  for (const line of text.split('\n')) session.output.note(`  ${line}`);
}

function completeFlags(words: readonly string[], _known: Known): readonly string[] {
  if (words.length === 1) return allModules().map(({ name }) => name);
  return Object.keys(findModule(words[0] ?? '')?.flags ?? {}).map((flag) => `-${flag}`);
}

function requireIndex(word: string, operations: readonly Operation[]): number {
  if (/^\d{1,3}$/.test(word) && Number(word) < operations.length) return Number(word);
  const range = operations.length === 0 ? 'there is none' : `there are 0 to ${operations.length - 1}`;
  throw new MigError('usage', `${JSON.stringify(word)} is no number of an operation: ${range}`);
}

async function setTarget({ words, session }: Call, draft: Draft): Promise<undefined> {
  const target = expandTarget(words[0] ?? '', session.config.macros);
  const count = await countReached(session, { target });
  change(session, draft, { target });
  draft.isCounted = count > 0;
}

function load({ words, session }: Call, draft: Draft): undefined {
  const file = expandHome(words[0] ?? '');
  const nothing = { target: undefined, name: undefined, expiration: undefined };
  const action = loadAction(file, nothing, session.config.macros);
  draft.action = { ...action, operations: compressWanted(action.operations) };
  draft.file = file;
  draft.isCounted = false;
  for (const line of detailLines(draft)) session.output.note(line);
}

/** A second signer needs time: nobody can sign a window that is not set. */
async function sign({ session }: Call, draft: Draft): Promise<undefined> {
  const { action, file } = draft;
  if (!hasWindow(action)) throw new MigError('usage', 'set its times before you sign: settimes now +2h');
  const options = { ...session.options, inputFile: file, signOnly: true };
  const signed = await signReviewed({ ...session, options }, action);
  if (signed === undefined) return;
  draft.action = signed;
  session.output.note(`${signed.pgpsignatures.length} signed; json pack prints it for the next signer`);
}

function detailLines(draft: Draft): string[] {
  const { action } = draft;
  const { author, email, url } = action.description;
  const { type, level, family, ref } = action.threat;
  return fieldLines([
    ['name', action.name || 'none yet: setname <name>'],
    ['target', action.target || 'none yet: settarget <target>'],
    ['author', [author, email].filter(Boolean).join(' ')],
    ['url', url],
    ['threat', [type, level, family, ref].filter(Boolean).join(', ')],
    ['operations', operationLines(action.operations)],
    ['valid', windowText(draft)],
    ['signatures', String(action.pgpsignatures.length)],
  ]);
}

function operationLines(operations: readonly Operation[]): string[] {
  if (operations.length === 0) return ['none yet: addoperation <module>'];
  return operations.map(
    ({ module, is_compressed }, index) => `${index} ${module}${is_compressed ? ' (compressed)' : ''}`,
  );
}

function timeLines(draft: Draft): string[] {
  return fieldLines([['valid', windowText(draft)]]);
}

function windowText({ action }: Draft): string {
  return hasWindow(action)
    ? `${action.validfrom} to ${action.expireafter}`
    : 'for 5 minutes from its launch, unless settimes says otherwise';
}
