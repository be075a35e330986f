import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { printOk } from '../print-ok.ts';
import { Config, Parameters } from './schema.ts';

export const audit = defineModule({
  name: 'audit',
  summary: "raise the events of the kernel's audit as alerts",
  parameters: Parameters,
  runsWithoutFlags: true,
  print: printOk,
  loadRun: async () => (await import('./run.ts')).auditRun,
  persistent: { config: Config, load: async () => (await import('./persistent.ts')).auditPersistent },
  about: {
    intro: `A persistent module: it becomes the receiver of the kernel's audit trail, in the place of auditd, loads a set of
rules, and raises an alert for each event. A query shows whether it runs.`,
    notes: `The command of the same name comes first: mig audit prints the audit trail of the API. Ask the module with an action
file, for mig -i <file>:

  {"name": "audit", "target": "status='online'", "operations": [{"module": "audit", "parameters": {}}]}

The module deletes all audit rules of the machine before it loads its own. It refuses to take the place of a
receiver that runs. When the agent ends in order, the module deletes its rules, and turns auditing off if it was off.

The rules are a file of JSON. A rule with a path watches a file or folder, every other one watches system calls:

  {"audit_rules": [
    {"path": "/etc/passwd", "permission": "wa", "key": "identity"},
    {"syscalls": ["execve"], "fields": [{"name": "auid", "op": "ge", "value": 1000}],
     "actions": ["always", "exit"], "key": "commands"}]}

A watched path that does not exist is skipped with a warning, unless its rule has "strict_path_check": true. Operators are
those of auditctl (=, !=, <, <=, >, >=, &, &=) or the words eq, nt_eq, lt, lt_or_eq, le, gt, gt_or_eq, ge, and, and_eq. Users and
groups are numbers. A rule that names system calls applies to those of the machine's own architecture.

Alerts are JSON. The records of an event are joined; a field that several records have with different values is numbered:

  {"Serial":"42","Timestamp":"1764421200.123","Type":"SYSCALL","Data":{"name":"/etc","name_2":"/etc/passwd"},"Raw":""}`,
    platforms: { linux: 'complete; on amd64 and arm64', darwin: 'not supported', windows: 'not supported' },
    privacy:
      'Alerts hold what the rules select: command lines, paths, users. They stay in the log of the agent unless the module dispatch sends them.',
    example: {
      question: 'Where does the module run?',
      parameters: {},
      result: { ...EMPTY_RESULT, foundanything: true, success: true, elements: { ok: true } },
    },
  },
});
