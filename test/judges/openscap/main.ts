import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertChecks } from '../../../cli/convert/convert-checks.ts';
import { shellLine } from '../../../contract/text/shell-word.ts';
import { report } from '../../../dev/terminal.ts';
import { runScript, usage } from '../../../platform/program/command-line.ts';
import { textTable } from '../../setup/text-table.ts';
import { findProgram } from '../programs.ts';
import { oscapCommand, rulesOf, tailoring, verdictsOf, withRequired } from './oscap.ts';
import { runInSystem } from './run-in-system.ts';
import { readsTree, subjectsOf } from './subjects.ts';
import { type System, systemsOf } from './systems.ts';

const USAGE = `npm run judges:openscap -- --content DIR --datastream FILE [--product ID] [--oscap FILE] [--only TEXT] [--all]

Converts the rules of a checkout of ComplianceAsCode as mig convert does, asks our modules, lets oscap judge the same rules
by the data stream that was built from the same version, and compares the verdicts. Needs Linux and root.

  --content DIR      the checkout, of the version of the data stream, such as v0.1.76
  --datastream FILE  such as /usr/share/xml/scap/ssg/content/ssg-debian12-ds.xml of Debian's package ssg-debian
  --product ID       default debian12; both refuse a machine that is another
  --oscap FILE       default: oscap on the PATH, of Debian's package openscap-scanner
  --only TEXT        only the systems whose names begin so
  --all              prints every rule, not only those that differ

Both run on this machine as it is, and in changed copies of it: with other modes and owners, settings, packages and mounts.
A copy is an overlay in a mount namespace of its own with its changes in memory, which both programs have as their root. The
machine itself is not written. Rules that read whole trees are judged in two of the systems only. Its kernel is the same in all: other values of it are files that hide those in /proc/sys.

A difference is explained where a setting that must be a number is another text: oscap reports an error, and our check
fails. Ends with 1 when any other verdict differs.
`;

const NO_NUMBER = 'oscap compares numbers, and the value is none';
/** Between the output of oscap and ours. */
const MARK = '-- answers --';
const ANSWER = fileURLToPath(new URL('./answer.ts', import.meta.url));

await runScript(
  {
    usage: USAGE,
    options: {
      content: { type: 'string' },
      datastream: { type: 'string' },
      product: { type: 'string' },
      oscap: { type: 'string' },
      only: { type: 'string' },
      all: { type: 'boolean' },
    },
  },
  async ({ content, datastream, product = 'debian12', oscap = findProgram('oscap'), only, all = false }) => {
    if (content === undefined || datastream === undefined)
      throw usage('--content and --datastream are needed');
    if (oscap === undefined)
      throw usage('there is no oscap: install openscap-scanner, or name it after --oscap');
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      throw usage('this judge needs Linux and root');
    const known = rulesOf(datastream);
    const checks = convertChecks({
      format: 'compliance-as-code',
      input: resolve(content),
      product,
      profile: undefined,
    }).filter(({ id, notchecked }) => notchecked === undefined && known.ids.has(id));
    const systems = systemsOf(subjectsOf(checks.map(({ text }) => text)));
    const wanted = systems.filter(({ name }) => only === undefined || name.startsWith(only));
    if (wanted.length === 0) throw usage(`--only: there are ${systems.map(({ name }) => name).join(', ')}`);
    const folder = mkdtempSync(join(tmpdir(), 'mig-openscap-'));
    try {
      const judgeOf = (name: string, some: typeof checks) =>
        prepare(join(folder, name), {
          checks: some,
          selected: withRequired(
            some.map(({ id }) => id),
            known,
          ),
          oscap: resolve(oscap),
          datastream: resolve(datastream),
        });
      const whole = judgeOf('whole', checks);
      const quick = judgeOf(
        'quick',
        checks.filter(({ text }) => !readsTree(text)),
      );
      const rows = wanted.flatMap((system) => compareIn(system, system.readsTrees ? whole : quick));
      return printRows(rows, all);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

interface Judge {
  rules: readonly string[];
  /** A folder to mount on. */
  work: string;
  oscap: readonly string[];
  ours: readonly string[];
}

interface Row {
  system: string;
  rule: string;
  oscap: string;
  ours: string;
  /** Why the verdicts differ; undefined where they agree, and where no reason is known. */
  reason: string | undefined;
}

interface Request {
  checks: readonly { id: string; text: string }[];
  /** What oscap judges: the rules of the checks, and those that they require. */
  selected: readonly string[];
  oscap: string;
  datastream: string;
}

function prepare(folder: string, { checks, selected, oscap, datastream }: Request): Judge {
  const rules = checks.map(({ id }) => id);
  const file = join(folder, 'tailoring.xml');
  const work = join(folder, 'work');
  const answers = join(folder, 'checks');
  mkdirSync(folder);
  mkdirSync(work);
  mkdirSync(answers);
  writeFileSync(file, tailoring(datastream, selected));
  for (const { id, text } of checks) writeFileSync(join(answers, `${id}.json`), text);
  return {
    rules,
    work,
    oscap: oscapCommand({ oscap, file, datastream }),
    ours: [process.execPath, '--import', import.meta.resolve('tsx'), ANSWER, answers],
  };
}

function compareIn(
  { name, changes, lacksNumbers = false }: System,
  { rules, work, oscap, ours }: Judge,
): Row[] {
  report(`system: ${name}`);
  // oscap ends with 2 when a rule failed.
  const both = `${shellLine(oscap)} || [ $? -eq 2 ]; echo '${MARK}'; exec ${shellLine(ours)}`;
  const [judged = '', answered = ''] = runInSystem(['sh', '-ec', both], { work, changes }).split(MARK);
  const theirs = verdictsOf(judged);
  const lines = answered.split('\n').map((line) => line.split(':'));
  const verdicts = new Map(lines.map(([rule = '', verdict = '']) => [rule, verdict]));
  const rows = rules.map((rule) => {
    const [oscap, ours] = [theirs.get(rule) ?? 'none', verdicts.get(rule) ?? 'none'];
    const isExplained = lacksNumbers && oscap === 'error' && ours === 'fail';
    return { system: name, rule, oscap, ours, reason: isExplained ? NO_NUMBER : undefined };
  });
  const count = rows.filter(isDifferent).length;
  if (count > 0) report(`  ${count} verdicts differ`);
  return rows;
}

function printRows(rows: readonly Row[], isAll: boolean): number {
  const unlike = rows.filter(({ oscap, ours }) => oscap !== ours);
  const differing = rows.filter(isDifferent);
  const shown = (isAll ? rows : unlike).map(({ system, rule, oscap, ours, reason = '' }) => [
    system,
    rule,
    oscap,
    ours,
    reason,
  ]);
  if (shown.length > 0)
    process.stdout.write(`${textTable(['system', 'rule', 'oscap', 'ours', 'reason'], shown)}\n\n`);
  const counts = new Map<string, number>();
  for (const { oscap } of rows) counts.set(oscap, (counts.get(oscap) ?? 0) + 1);
  const verdicts = [...counts].map(([verdict, count]) => `${verdict} ${count}`).join(', ');
  const ruleCount = new Set(rows.map(({ rule }) => rule)).size;
  const systemCount = new Set(rows.map(({ system }) => system)).size;
  process.stdout.write(`${ruleCount} rules in ${systemCount} systems; oscap: ${verdicts}\n`);
  process.stdout.write(
    `rules compared ${rows.length}, same ${rows.length - unlike.length}, ` +
      `explained ${unlike.length - differing.length}, different ${differing.length}\n`,
  );
  return differing.length > 0 ? 1 : 0;
}

function isDifferent({ oscap, ours, reason }: Row): boolean {
  return oscap !== ours && reason === undefined;
}
