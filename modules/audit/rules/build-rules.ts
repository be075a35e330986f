import { lstatSync, type Stats, statSync } from 'node:fs';
import { MigError } from '../../../contract/errors.ts';
import { ACTIONS, architectureOf, FIELDS, FILTERS, OP_EQUAL, OPERATORS } from './constants.ts';
import type { KernelRule } from './encode-rule.ts';
import { fieldValue, permissionBits } from './field-value.ts';
import type { PathRule, RuleField, Rules, SystemCallRule } from './parse-rules.ts';
import { systemCallNumbers } from './system-calls.ts';

export interface BuiltRules {
  rules: KernelRule[];
  /** Sentences about rules that are left out. */
  warnings: string[];
}

/** Turns the rules of a file into those of the kernel. Throws an error that names the rule by its place. */
export function buildRules({ rules }: Rules): BuiltRules {
  const built: BuiltRules = { rules: [], warnings: [] };
  const numbers = systemCallNumbers();
  for (const [index, { kind, rule }] of rules.entries()) {
    try {
      const made = kind === 'path' ? pathRule(rule) : systemCallRule(rule, numbers);
      if (typeof made === 'string') built.warnings.push(`rule ${index + 1} is skipped: ${made}`);
      else built.rules.push(made);
    } catch (cause) {
      if (!(cause instanceof MigError)) throw cause;
      throw new MigError(cause.code, `rule ${index + 1}: ${cause.message}`, { cause });
    }
  }
  return built;
}

/** Returns the reason when the rule is to be skipped. */
function pathRule({ path, permission, key, strict_path_check: isStrict }: PathRule): KernelRule | string {
  if (!path.startsWith('/')) throw invalid(`path ${path} is not absolute`);
  if (path.split('/').includes('..')) throw invalid(`path ${path} contains ..`);
  const permissions = permissionBits(permission);
  if (permissions === undefined)
    throw invalid(`permission ${JSON.stringify(permission)} has other letters than rwxa`);
  const stats = statIfThere(path);
  if (stats === undefined && isStrict) throw invalid(`path ${path} does not exist`);
  if (stats === undefined) return `path ${path} does not exist`;
  const clean = path.length > 1 ? path.replace(/\/+$/, '') : path;
  return {
    filter: numberIn(FILTERS, 'exit'),
    action: numberIn(ACTIONS, 'always'),
    systemCalls: 'all',
    fields: [
      { field: numberIn(FIELDS, stats.isDirectory() ? 'dir' : 'path'), operator: OP_EQUAL, value: clean },
      { field: numberIn(FIELDS, 'perm'), operator: OP_EQUAL, value: permissions },
      ...keyField(key),
    ],
  };
}

/** A link that leads nowhere can be watched, too. */
function statIfThere(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false }) ?? lstatSync(path, { throwIfNoEntry: false });
}

function systemCallRule(
  { syscalls, fields, actions, key }: SystemCallRule,
  numbers: ReadonlyMap<string, number>,
): KernelRule | string {
  const { action, filter } = readActions(actions);
  const named = syscalls.filter((name) => name !== 'all');
  const own = architectureOf('b64');
  const architectures = fields
    .filter(({ name }) => name === 'arch')
    .map(({ value }) => architectureOf(String(value)));
  // Numbers of system calls differ between architectures, and only those of this one are known.
  if (named.length > 0 && architectures.some((one) => one !== own)) {
    return 'system calls of another architecture cannot be named';
  }
  const isOwnImplied = named.length > 0 && architectures.length === 0 && own !== undefined;
  return {
    filter,
    action,
    systemCalls:
      named.length < syscalls.length || syscalls.length === 0
        ? 'all'
        : named.map((name) => numberOf(name, numbers)),
    fields: [
      ...(isOwnImplied ? [{ field: numberIn(FIELDS, 'arch'), operator: OP_EQUAL, value: own }] : []),
      ...fields.map(kernelField),
      ...keyField(key),
    ],
  };
}

function readActions(words: readonly string[]): { action: number; filter: number } {
  const action = words.find((word) => Object.hasOwn(ACTIONS, word));
  const filter = words.find((word) => Object.hasOwn(FILTERS, word));
  if (words.length !== 2 || action === undefined || filter === undefined) {
    throw invalid('actions must be one of always, never, possible, and one of exit, task, user, exclude');
  }
  return { action: numberIn(ACTIONS, action), filter: numberIn(FILTERS, filter) };
}

function kernelField({ name, op, value }: RuleField): KernelRule['fields'][number] {
  if (!Object.hasOwn(FIELDS, name)) throw invalid(`there is no field ${JSON.stringify(name)}`);
  if (!Object.hasOwn(OPERATORS, op))
    throw invalid(`field ${name}: there is no operator ${JSON.stringify(op)}`);
  return { field: numberIn(FIELDS, name), operator: numberIn(OPERATORS, op), value: fieldValue(name, value) };
}

function keyField(key: string): KernelRule['fields'] {
  return key === '' ? [] : [{ field: numberIn(FIELDS, 'key'), operator: OP_EQUAL, value: key }];
}

function numberOf(name: string, numbers: ReadonlyMap<string, number>): number {
  const number = numbers.get(name);
  if (number === undefined) throw invalid(`there is no system call ${JSON.stringify(name)}`);
  return number;
}

function numberIn(table: Readonly<Record<string, number>>, name: string): number {
  const number = table[name];
  if (number === undefined) throw new Error(`${name} has no number`);
  return number;
}

function invalid(why: string): MigError {
  return new MigError('config_invalid', why);
}
