import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { completeLine } from '../../../../cli/console/complete.ts';
import { createKnown, createSeenIds } from '../../../../cli/console/known.ts';
import { newDraft } from '../../../../cli/console/launcher/draft.ts';
import { INVESTIGATOR_MODE } from '../../../../cli/console/modes/investigator-mode.ts';
import { LAUNCHER } from '../../../../cli/console/modes/launcher.ts';
import { MAIN_MODE } from '../../../../cli/console/modes/main-mode.ts';
import { openMode } from '../../../../cli/console/order.ts';

const seen = createSeenIds();
for (const id of [281, 282, 290]) seen.add('agent', { id });
seen.add('command', { id: 7, action: { id: 5 }, agent: { id: 291 } });
const known = createKnown(seen, ['allonline', 'web']);
const main = openMode(MAIN_MODE, undefined);
const launcher = openMode(LAUNCHER, newDraft(undefined));
const investigator = openMode(INVESTIGATOR_MODE, { investigator: { id: 1 } } as never);
const wordsOf = (line: string, mode = main) => completeLine(line, mode, known)[0].map((word) => word.trim());

describe('completion', () => {
  test('offers the orders of the mode', () => {
    expect(wordsOf('s')).toEqual(['search', 'showcfg', 'status']);
    expect(wordsOf('addo', launcher)).toEqual(['addoperation']);
    expect(wordsOf('', main)).toEqual(main.orders.map(({ name }) => name).sort());
  });

  test.each([
    ['agent ', ['291', '290', '282', '281']],
    ['agent 28', ['282', '281']],
    ['action ', ['5']],
    ['command ', ['7']],
    ['action 5 ', []],
    ['loader ', []],
    ['create in', ['investigator']],
    ['search ag', ['agent']],
    ['search agent ', ['where']],
    ['search agent where ve', ['version=']],
    ['search agent where status=o', ['status=online', 'status=offline']],
    ['search agent where name=x ', ['and']],
    ['search command where name=x and agentid=29', ['agentid=291', 'agentid=290']],
    ['search agent where name=x and li', ['limit=']],
    ['search nothing ', []],
    ['status | g', ['grep']],
    ['status | grep -', ['-v']],
    ['nonsense ', []],
  ])('of %j offers %j', (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  test('knows macros, modules, their flags, permissions and numbers of operations', () => {
    expect(wordsOf('settarget ', launcher)).toEqual(['allonline', 'web']);
    expect(wordsOf('addoperation ti', launcher)).toEqual(['timedrift']);
    expect(wordsOf('addoperation timedrift -', launcher)).toEqual(['-drift']);
    expect(wordsOf('setperms PermA', investigator)).toEqual(['PermAdmin']);
    expect(wordsOf('deloperation ', launcher)).toEqual([]);
  });

  test('whatever is typed, only words that begin with it are offered, and never one that a terminal would obey', () => {
    const word = fc.oneof(
      fc.constantFrom('search', 'agent', 'where', '|', 'grep', 'status=', 'load', '/', '~/', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        fc.constantFrom(main, launcher, investigator),
        (words, mode) => {
          const [offered, last] = completeLine(words.join(' '), mode, known);
          for (const one of offered) {
            expect(one.startsWith(last)).toBe(true);
            expect(one).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          }
        },
      ),
    );
  });

  test('offers the files of a folder, those below folders after a slash, and no name with blanks or controls', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-complete-'));
    try {
      mkdirSync(join(folder, 'actions'));
      for (const name of ['action.json', 'other.json', '.hidden', 'act\u001b[2J', 'act ion']) {
        writeFileSync(join(folder, name), '');
      }
      writeFileSync(join(folder, 'actions', 'one.json'), '');
      expect(wordsOf(`load ${folder}/act`, launcher).sort()).toEqual([
        `${folder}/action.json`,
        `${folder}/actions/`,
      ]);
      expect(wordsOf(`load ${folder}/.h`, launcher)).toEqual([`${folder}/.hidden`]);
      expect(wordsOf(`load ${folder}/`, launcher)).not.toContain(`${folder}/.hidden`);
      expect(completeLine(`load ${folder}/actions/`, launcher, known)[0]).toEqual([
        `${folder}/actions/one.json `,
      ]);
      expect(completeLine(`load ${folder}/actio`, launcher, known)[0]).toContain(`${folder}/actions/`);
      expect(wordsOf(`load ${folder}/missing/`, launcher)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the ids that were seen', () => {
  test('are numbers alone, newest first, and of each type no more than 200', () => {
    const ids = createSeenIds();
    for (let id = 1; id <= 1_000; id++) ids.add('command', { id, action: { id: 5 }, agent: { id } });
    for (const record of [
      null,
      undefined,
      5,
      'x',
      { id: '\u001b[2J' },
      { id: 1.5 },
      { id: Number.NaN },
      {},
    ]) {
      ids.add('command', record);
      ids.add('loader', record);
    }
    expect(ids.ids('command')).toEqual(Array.from({ length: 200 }, (_, n) => String(1_000 - n)));
    expect(ids.ids('action')).toEqual(['5']);
    expect(ids.ids('agent')).toHaveLength(200);
    expect(ids.ids('loader')).toEqual([]);
  });
});
