import { describe, expect, test } from 'vitest';
import { resultLines, stableLines } from '../../../../cli/terminal/result-lines.ts';
import type { CommandView } from '../../../../contract/api-responses.ts';
import type { ModuleResult } from '../../../../contract/module-result.ts';
import { printable } from '../../../../contract/text/printable.ts';
import { allModules, findModule } from '../../../../modules/all-modules.ts';
import type { Module } from '../../../../modules/module.ts';
import { scribe } from '../../../../modules/scribe/module.ts';

test('a result of several lines is printed as these lines', () => {
  const { result } = scribe.about.example;
  const lines = resultLines('scribe', result, { foundOnly: true });
  expect(lines.map(printable)).toEqual([
    'result for "root may log in" (root-login)',
    '  master result: true',
    '  tag: severity: high',
    '  [true] identifier: "/etc/ssh/sshd_config"',
  ]);
});

/** Facts that differ although the finding is the same, by the modules that say so. */
const VOLATILE: Record<string, RegExp> = {
  file: /^lastmodified$/,
  process: /^(pid|started)$/,
  memory: /^pid$/,
  persistence: /^mtime$/,
  netstat: /^(localaddr|localport)$/,
  timedrift: /^(localtime|drifts)$/,
};

describe('the lines by which answers are grouped', () => {
  test.each(Object.entries(VOLATILE))('are the same for %s when only such facts differ', (name, fields) => {
    const example = structuredClone(requireModule(name).about.example.result);
    const changed = JSON.parse(JSON.stringify(example), (key, value) => {
      if (!fields.test(key)) return value;
      if (typeof value === 'number') return value + 1;
      return typeof value === 'string' ? `${value}9` : [];
    });
    // The addresses of sockets are a finding in all groups of netstat but one.
    if (name === 'netstat') for (const result of [changed, example]) keepConnections(result);
    const lines = stableLines(commandOf(name, example));
    expect(changed.elements).not.toEqual(example.elements);
    expect(stableLines(commandOf(name, changed))).toEqual(lines);
    expect(lines.length).toBeGreaterThan(0);
  });

  test.each(allModules().map(({ name }) => [name] as const))('of %s have no statistics', (name) => {
    const { result } = requireModule(name).about.example;
    const lines = stableLines(commandOf(name, result));
    expect(stableLines(commandOf(name, { ...result, statistics: null }))).toEqual(lines);
    if (result.foundanything) expect(lines.length).toBeGreaterThan(0);
  });

  test('are JSON for elements of another shape', () => {
    const result = { foundanything: true, success: true, elements: { s: 5 }, statistics: null, errors: null };
    expect(stableLines(commandOf('process', result))).toEqual(['{"s":5}']);
    expect(stableLines(commandOf('no such module', result))).toEqual(['{"s":5}']);
  });
});

function requireModule(name: string): Module {
  const module = findModule(name);
  if (module === undefined) throw new Error(`no module ${name}`);
  return module;
}

function commandOf(module: string, result: ModuleResult): CommandView {
  return {
    id: 1,
    status: 'success',
    agent: { id: 1, name: 'web1', queueloc: 'linux.web1' },
    action: { id: 1, name: '', operations: [{ module }] },
    results: [result],
    starttime: '2027-01-01T00:00:00Z',
    finishtime: '2027-01-01T00:00:00Z',
  };
}

function keepConnections(result: { elements: unknown }): void {
  const { connectedip } = result.elements as { connectedip?: unknown };
  result.elements = { connectedip };
}
