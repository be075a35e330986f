import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Machine, machineOf } from '../../../agent/environment/machine.ts';
import { BINDING_FILE, IDENTITY_FILE, loadIdentity } from '../../../agent/identity.ts';
import { isQueueloc } from '../../../contract/names.ts';

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
const stored = (name: string) => readFileSync(join(stateDir, name), 'utf8');

describe('an identity belongs to one machine', () => {
  test('it is kept as long as the machine is the same, whatever the host is called', () => {
    const first = load(FIRST);
    expect(isQueueloc(first.queueloc)).toBe(true);
    expect(first.queueloc).toContain('.host.example.net.');
    const again = loadIdentity({ stateDir, runDir: root, name: 'renamed', machine: FIRST });
    expect(again).toEqual({ queueloc: first.queueloc, clonedFrom: undefined, isNewClone: false });
  });

  test('a copied disk gets one of its own, says once which it had, and remembers it', () => {
    const { queueloc } = load(FIRST);
    const copy = join(root, 'copy');
    cpSync(stateDir, copy, { recursive: true });
    const clone = load(CLONE, copy);
    expect(clone.queueloc).not.toBe(queueloc);
    expect(clone).toMatchObject({ clonedFrom: queueloc, isNewClone: true });
    expect(load(CLONE, copy)).toEqual({ ...clone, isNewClone: false });
    expect(load(FIRST).queueloc).toBe(queueloc);
  });

  test('a copy of a copy is a clone of the copy', () => {
    load(FIRST);
    const { queueloc } = load(CLONE);
    const third = machineOf('cccccccc222222223333333344444444', undefined);
    expect(load(third)).toMatchObject({ clonedFrom: queueloc, isNewClone: true });
  });

  test('what was not known when it was bound is added, and what is not known now is kept', () => {
    const { queueloc } = load({});
    for (const machine of [machineOf('11111111222222223333333344444444', undefined), {}, FIRST, {}]) {
      expect(load(machine).queueloc).toBe(queueloc);
    }
    expect(load(CLONE).queueloc).not.toBe(queueloc);
  });

  test.each(['state', 'run'])("MIG's own file in the %s folder is taken over and bound", (folder) => {
    load({}, join(root, folder)); // makes the folder
    for (const name of [IDENTITY_FILE, BINDING_FILE]) rmSync(join(root, folder, name));
    writeFileSync(join(root, folder, IDENTITY_FILE), MIG_UID, { mode: 0o400 });
    const { queueloc } = load(FIRST);
    expect(queueloc.split('.').slice(1)).toEqual([MIG_UID]);
    expect(readFileSync(join(root, folder, IDENTITY_FILE), 'utf8')).toBe(MIG_UID);
    expect(load(FIRST).queueloc).toBe(queueloc);
    expect(load(CLONE)).toMatchObject({ clonedFrom: queueloc, isNewClone: true });
  });

  test('an identity without a binding is taken over as it is', () => {
    const { queueloc } = load(FIRST);
    rmSync(join(stateDir, BINDING_FILE));
    expect(load(CLONE)).toEqual({ queueloc, clonedFrom: undefined, isNewClone: false });
    expect(load(FIRST)).toMatchObject({ clonedFrom: queueloc });
  });

  test('a binding that was cut off, or belongs to another identity, binds nothing', () => {
    const { queueloc } = load(FIRST);
    for (const text of ['{"queu', 'null', '[]', '{"queueloc":"linux.other.1","machine":{"system":"x"}}']) {
      chmodSync(join(stateDir, BINDING_FILE), 0o600);
      writeFileSync(join(stateDir, BINDING_FILE), text);
      expect(load(FIRST).queueloc).toBe(queueloc);
      expect(JSON.parse(stored(BINDING_FILE)).queueloc).toBe(queueloc);
    }
  });

  test('one that cannot be read is not replaced', () => {
    load(FIRST);
    rmSync(join(stateDir, IDENTITY_FILE));
    mkdirSync(join(stateDir, IDENTITY_FILE));
    expect(() => load(FIRST)).toThrow('EISDIR');
  });
});
