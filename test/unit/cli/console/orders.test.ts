import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALL_MODES } from '../../../../cli/console/modes/all-modes.ts';
import { ROOT } from '../../../../dev/build/ensure-built.ts';
import { CHECKS } from '../../../interop/list.ts';

/** The orders of MIG's console by mode (docs/spec/clients.md, section 3). */
const MIG_ORDERS: Record<string, string> = {
  main: 'action agent command investigator loader manifest create search query showcfg status history',
  'action reader': 'command copy counters details investigators json list r results times',
  'command reader': 'json r results',
  'agent reader': 'details json lastactions r',
  investigator: 'details pubkey lastactions setstatus setperms showperms apikey r',
  loader: 'enable disable expectenv json key r',
  manifest: 'disable entry fetch json loaders r reset shasum sign',
  launcher:
    'addoperation deloperation compress details json launch listagents load setname settarget settimes sign times',
};
/** Every mode has these, too. */
const COMMON = ['help', 'exit'];

const namesOf = (mode: string) =>
  ALL_MODES.find(({ name }) => name === mode)?.orders.map(({ name }) => name) ?? [];

describe('the orders', () => {
  test('of each mode are those of MIG, and no others', () => {
    const ours = Object.fromEntries(
      ALL_MODES.map(({ name, orders }) => [name, orders.map((one) => one.name).sort()]),
    );
    const migs = Object.entries(MIG_ORDERS).map(([mode, orders]) => [
      mode,
      [...orders.split(' '), ...COMMON].sort(),
    ]);
    expect(ours).toEqual(Object.fromEntries(migs));
  });

  test('are all in the list of the specification', () => {
    const page = readFileSync(join(ROOT, 'docs', 'spec', 'clients.md'), 'utf8');
    const [, section = ''] = /^## Console\n([\s\S]*?)^## /m.exec(page) ?? [];
    for (const [mode, orders] of Object.entries(MIG_ORDERS)) {
      const [, list = ''] = new RegExp(`^- ${mode}: (.*(?:\\n {2}.*)*)`, 'm').exec(section) ?? [];
      const named = [...list.matchAll(/`([a-z]+)`/g)].map(([, name]) => name);
      expect(named, mode).toEqual(orders.split(' '));
    }
  });

  test('have every one that the checks of MIG’s own console type', () => {
    const typed = CHECKS.filter(({ program }) => program === 'mig-console').flatMap(({ shows }) => {
      const [, mode = '', order = ''] = /^([a-z ]+): ([a-z]+)( |$)/.exec(shows) ?? [];
      return mode === '' || ['start', 'unknown', 'tab', 'ctrl'].includes(order) ? [] : [{ mode, order }];
    });
    expect(new Set(typed.map(({ mode }) => mode)).size).toBe(ALL_MODES.length);
    expect(typed.filter(({ mode, order }) => !namesOf(mode).includes(order))).toEqual([]);
  });

  test('explain themselves: each has its name in its usage, and a summary without a full stop', () => {
    for (const { orders } of ALL_MODES) {
      for (const { name, usage, summary } of orders) {
        expect(usage.split(' ')[0]).toBe(name);
        expect(summary).toMatch(/^[a-z].*[^.]$/);
      }
    }
  });
});
