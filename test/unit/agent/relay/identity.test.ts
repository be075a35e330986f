import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BINDING_FILE, IDENTITY_FILE } from '../../../../agent/config/folders.ts';
import { type Machine, machineOf } from '../../../../agent/environment/machine.ts';
import { loadIdentity, noteIdentity } from '../../../../agent/relay/identity.ts';
import { Notices } from '../../../../agent/relay/notices.ts';
import { isQueueloc } from '../../../../contract/names.ts';
import { createLogger } from '../../../../platform/log.ts';

const FIRST = machineOf('11111111222222223333333344444444', '55555555-6666-7777-8888-999999999999');
const CLONE = machineOf('11111111222222223333333344444444', 'aaaaaaaa-6666-7777-8888-999999999999');
const MIG_UID = 'k4x2'.repeat(25);
let root: string;
let stateDir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mig-identity-'));
  stateDir = join(root, 'state');
});
afterEach(() => rmSync(root, { recursive: true }));

const load = (machine: Machine, from = stateDir) =>
  loadIdentity({ stateDir: from, runDir: join(root, 'run'), name: 'host.example.net', machine });
const pathOf = (name: string) => join(stateDir, name);
const stored = (name: string) => readFileSync(pathOf(name), 'utf8');
/** Replaces a read-only file. */
const put = (name: string, content: string | Uint8Array) => {
  rmSync(pathOf(name), { force: true });
  writeFileSync(pathOf(name), content);
};

describe('an identity belongs to one machine', () => {
  test('it is kept as long as the machine is the same, even when the host is renamed', () => {
    const first = load(FIRST);
    expect(isQueueloc(first.queueloc)).toBe(true);
    expect(first.queueloc).toContain('.host.example.net.');
    const again = loadIdentity({ stateDir, runDir: root, name: 'renamed', machine: FIRST });
    expect(again).toEqual({
      queueloc: first.queueloc,
      clonedFrom: undefined,
      isNewClone: false,
      damages: [],
    });
  });

  test('the clone gets an identity of its own, and reports once which one it was copied from', () => {
    const { queueloc } = load(FIRST);
    const copy = join(root, 'copy');
    cpSync(stateDir, copy, { recursive: true });
    const clone = load(CLONE, copy);
    expect(clone.queueloc).not.toBe(queueloc);
    expect(clone).toMatchObject({ clonedFrom: queueloc, isNewClone: true });
    expect(load(CLONE, copy)).toEqual({ ...clone, isNewClone: false });
    expect(load(FIRST).queueloc).toBe(queueloc);
  });

  test('a copy of a clone is a clone of that clone', () => {
    load(FIRST);
    const { queueloc } = load(CLONE);
    const third = machineOf('cccccccc222222223333333344444444', undefined);
    expect(load(third)).toMatchObject({ clonedFrom: queueloc, isNewClone: true });
  });

  test('an id that was unknown at binding is added, and one that is unknown now is kept', () => {
    const { queueloc } = load({});
    for (const machine of [machineOf('11111111222222223333333344444444', undefined), {}, FIRST, {}]) {
      expect(load(machine).queueloc).toBe(queueloc);
    }
    expect(load(CLONE).queueloc).not.toBe(queueloc);
  });

  test.each(['state', 'run'])("the file of MIG's agent in the %s folder is adopted and bound", (folder) => {
    load({}, join(root, folder)); // creates the folder
    for (const name of [IDENTITY_FILE, BINDING_FILE]) rmSync(join(root, folder, name));
    writeFileSync(join(root, folder, IDENTITY_FILE), MIG_UID, { mode: 0o400 });
    const { queueloc } = load(FIRST);
    expect(queueloc.split('.').slice(1)).toEqual([MIG_UID]);
    expect(readFileSync(join(root, folder, IDENTITY_FILE), 'utf8')).toBe(MIG_UID);
    expect(load(FIRST).queueloc).toBe(queueloc);
    expect(load(CLONE)).toMatchObject({ clonedFrom: queueloc, isNewClone: true });
  });

  test('an identity without a binding is adopted as it is', () => {
    const { queueloc } = load(FIRST);
    rmSync(join(stateDir, BINDING_FILE));
    expect(load(CLONE)).toEqual({ queueloc, clonedFrom: undefined, isNewClone: false, damages: [] });
    expect(load(FIRST)).toMatchObject({ clonedFrom: queueloc });
  });

  test('a binding of another identity is ignored and replaced', () => {
    const { queueloc } = load(FIRST);
    put(BINDING_FILE, JSON.stringify({ queueloc: 'linux.other.1', machine: CLONE }));
    expect(load(FIRST)).toEqual({ queueloc, clonedFrom: undefined, isNewClone: false, damages: [] });
    expect(JSON.parse(stored(BINDING_FILE))).toMatchObject({ queueloc, machine: FIRST });
  });

  test.each([IDENTITY_FILE, BINDING_FILE])(
    '%s that cannot be read is an error that names it, and stays',
    (name) => {
      load(FIRST);
      rmSync(pathOf(name));
      mkdirSync(pathOf(name));
      expect(() => load(FIRST)).toThrow(
        `${pathOf(name)}: cannot be read: it is a folder; make it readable, or move it away so that the agent creates a new one`,
      );
      expect(existsSync(`${pathOf(name)}.damaged`)).toBe(false);
    },
  );
});

describe('a damaged file', () => {
  /** Content without the form of an identity, or a part of a good one. */
  const rubbish = (good: string) =>
    fc.oneof(
      fc.constantFrom(
        '',
        ' ',
        '\n\n',
        '\0'.repeat(60),
        'linux',
        'linux.',
        '{}',
        'null',
        '[1]',
        `${good} ${good}`,
      ),
      fc.constantFrom('x'.repeat(5000), `${good}\n${good}`, `\u202e${good}`, good.replace('.', '/')),
      fc.uint8Array({ minLength: 1, maxLength: 300 }).filter((bytes) => !isQueueloc(textOf(bytes).trim())),
      fc.nat(good.length - 1).map((length) => good.slice(0, length)),
    );
  const textOf = (content: string | Uint8Array) => Buffer.from(content).toString();

  test('of the identity is reported and kept aside, and the identity is read from the binding', () => {
    const { queueloc } = load(FIRST);
    fc.assert(
      fc.property(rubbish(queueloc), (content) => {
        rmSync(`${pathOf(IDENTITY_FILE)}.damaged`, { force: true });
        put(IDENTITY_FILE, content);
        const { damages, ...identity } = load(FIRST);
        expect(identity).toEqual({ queueloc, clonedFrom: undefined, isNewClone: false });
        expect(damages).toEqual([
          {
            file: pathOf(IDENTITY_FILE),
            text: expect.stringMatching(
              / was damaged \(.+\): the identity was read from .*\.migagtid\.machine; /,
            ),
            isNew: true,
          },
        ]);
        expect(damages[0]?.text.length).toBeLessThan(500);
        expect(stored(IDENTITY_FILE)).toBe(queueloc);
        expect(readFileSync(`${pathOf(IDENTITY_FILE)}.damaged`)).toEqual(Buffer.from(content));
      }),
    );
  });

  test('of the identity without a binding gives the machine a new identity', () => {
    const { queueloc } = load(FIRST);
    const unlikeIdentities = rubbish(queueloc).filter((content) => !isQueueloc(textOf(content).trim()));
    fc.assert(
      fc.property(unlikeIdentities, (content) => {
        for (const name of readdirSync(stateDir)) rmSync(pathOf(name));
        put(IDENTITY_FILE, content);
        const identity = load(FIRST);
        expect(isQueueloc(identity.queueloc)).toBe(true);
        expect(identity.queueloc).not.toBe(queueloc);
        expect(identity.damages.map(({ file, isNew }) => ({ file, isNew }))).toEqual([
          { file: pathOf(IDENTITY_FILE), isNew: true },
        ]);
        expect(identity.damages[0]?.text).toContain('the machine has a new identity; for the old one, stop');
        expect(load(FIRST).queueloc).toBe(identity.queueloc);
      }),
    );
  });

  test('of the binding is reported and kept aside, and the identity stays', () => {
    const { queueloc } = load(FIRST);
    const good = JSON.parse(stored(BINDING_FILE));
    const wrong = fc.constantFrom(null, 1, true, 'x', [], ['x'], 'a'.repeat(64).toUpperCase());
    const content = fc.oneof(
      fc.constantFrom('', '\n', '\0\0', 'null', '[1]', '[]', '{}', '"x"', JSON.stringify(good).repeat(2)),
      fc.constantFrom('{"queueloc":"x","queueloc":"y"}', `${JSON.stringify(good)}${' '.repeat(5000)}`),
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(JSON.stringify(good).length - 1).map((length) => JSON.stringify(good).slice(0, length)),
      fc
        .tuple(fc.constantFrom('queueloc', 'machine', 'clonedFrom'), wrong)
        .map(([key, value]) => JSON.stringify({ ...good, [key]: value })),
      fc
        .tuple(fc.constantFrom('system', 'hardware'), wrong)
        .map(([key, value]) => JSON.stringify({ ...good, machine: { ...good.machine, [key]: value } })),
    );
    fc.assert(
      fc.property(content, (bytes) => {
        rmSync(`${pathOf(BINDING_FILE)}.damaged`, { force: true });
        put(BINDING_FILE, bytes);
        const { damages, ...identity } = load(FIRST);
        expect(identity).toEqual({ queueloc, clonedFrom: undefined, isNewClone: false });
        expect(damages).toEqual([
          {
            file: pathOf(BINDING_FILE),
            text: expect.stringMatching(/ was damaged \(.+\): the identity was bound to this machine anew; /),
            isNew: true,
          },
        ]);
        expect(damages[0]?.text.length).toBeLessThan(500);
        expect(JSON.parse(stored(BINDING_FILE))).toEqual(good);
        expect(readFileSync(`${pathOf(BINDING_FILE)}.damaged`)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('on a copied disk does not restore the identity of the other machine', () => {
    const { queueloc } = load(FIRST);
    put(IDENTITY_FILE, '');
    const clone = load(CLONE);
    expect(clone).toMatchObject({ clonedFrom: queueloc, isNewClone: true });
    expect(clone.queueloc).not.toBe(queueloc);
    expect(clone.damages).toMatchObject([
      { text: expect.stringContaining('the machine has a new identity') },
    ]);
  });

  test('is reported once where state folder and run folder are the same', () => {
    const inOne = () => loadIdentity({ stateDir, runDir: stateDir, name: 'host', machine: FIRST });
    inOne();
    put(IDENTITY_FILE, '');
    expect(inOne().damages).toMatchObject([{ file: pathOf(IDENTITY_FILE), isNew: true }]);
    expect(inOne().damages).toMatchObject([{ file: pathOf(IDENTITY_FILE), isNew: false }]);
  });

  test("of MIG's agent is reported, and the machine gets a new identity", () => {
    mkdirSync(join(root, 'run'));
    const file = join(root, 'run', IDENTITY_FILE);
    writeFileSync(file, MIG_UID.slice(0, 70));
    const { queueloc, damages } = load(FIRST);
    expect(queueloc).toContain('.host.example.net.');
    expect(damages).toMatchObject([{ file, isNew: true }]);
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(MIG_UID.slice(0, 70));
  });

  test('is in the log and the report once, and in the record until the owner removes the file kept aside', () => {
    load(FIRST);
    put(IDENTITY_FILE, 'linux');
    const start = () => {
      const logged: { notice: string }[] = [];
      const reported: string[] = [];
      const log = createLogger('test', 'info', { write: (line) => void logged.push(JSON.parse(line)) });
      const notices = new Notices({ log, report: { recordNotice: (text) => void reported.push(text) } });
      noteIdentity(load(FIRST), notices);
      return { logged: logged.map(({ notice }) => notice), reported, record: notices.list() };
    };
    const first = start();
    expect(first.record).toEqual([expect.stringMatching(`^${pathOf(IDENTITY_FILE)} was damaged `)]);
    expect([first.logged, first.reported]).toEqual([first.record, first.record]);
    const kept = `${pathOf(IDENTITY_FILE)}.damaged`;
    expect(start()).toEqual({
      logged: [],
      reported: [],
      record: [
        `${pathOf(IDENTITY_FILE)} was damaged once; remove ${kept}, where its content is kept, to end this notice`,
      ],
    });
    rmSync(kept);
    expect(start()).toEqual({ logged: [], reported: [], record: [] });
  });
});
