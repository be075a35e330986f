import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { parametersMessage } from '../../../modules/protocol.ts';
import { parseDocument } from '../../../modules/scribe/load-document.ts';

const POLICY = `
objects:
  - object: ours
    package: {name: dpkg}
  - object: newest
    package: {name: any, collectmatch: ., onlynewest: true}
  - object: hostname
    filecontent: {path: /proc/sys/kernel, file: ^hostname$, expression: ^(.*)$}
  - object: root
    hasline: {path: /etc, file: ^passwd$, expression: "^root:"}
tests:
  - {test: installed, object: ours, evr: {operation: ">", value: "0"}}
  - {test: newest, object: newest}
  - {test: hostname, object: hostname, exactmatch: {value: HOSTNAME}}
  - {test: root, object: root, exactmatch: {value: "true"}, if: [hostname]}
`;

interface Result {
  success: boolean;
  elements: {
    results: {
      testid: string;
      masterresult: boolean;
      results: { result: boolean; identifier: string }[] | null;
    }[];
  };
}

function runScribe(policy: string): Result {
  const parameters = { scribedoc: parseDocument(policy) };
  const input = `${JSON.stringify(parametersMessage(parameters, { timeoutMs: 60_000, maxBytes: 4e6 }))}\n`;
  return JSON.parse(execFileSync(inject('agentExecutable'), ['-m', 'scribe'], { input, encoding: 'utf8' }));
}

test('a policy reads packages, files of the kernel and lines of this machine', () => {
  const hostname = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  const { success, elements } = runScribe(POLICY.replace('HOSTNAME', JSON.stringify(hostname)));
  expect(success).toBe(true);
  const [installed, newest, host, root] = elements.results;
  expect(installed?.masterresult).toBe(existsSync('/var/lib/dpkg/info/dpkg.list'));
  expect(newest?.results?.length ?? 0).toBeLessThanOrEqual(1);
  expect(host).toMatchObject({ masterresult: true, results: [{ identifier: '/proc/sys/kernel/hostname' }] });
  expect(root?.masterresult).toBe(true);
  expect(root?.results).toContainEqual({ result: true, identifier: '/etc/passwd' });
});

test('a policy of two thousand packages is evaluated in one go', () => {
  const names = Array.from({ length: 2000 }, (_, index) => `p${index}`);
  const objects = names.map((object) => ({ object, package: { name: object } }));
  const tests = names.map((object) => ({ test: object, object, evr: { operation: '<', value: '2' } }));
  const { elements } = runScribe(JSON.stringify({ objects, tests }));
  expect(elements.results).toHaveLength(2000);
});
