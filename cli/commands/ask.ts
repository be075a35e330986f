import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { fillOperations, readValues } from '../../contract/question/fill.ts';
import type { ParameterValue } from '../../contract/question/parameter.ts';
import { patternProblem } from '../../platform/re2/pattern-problem.ts';
import { buildAction } from '../action/build-action.ts';
import { investigateFurther, type RunLine } from '../action/follow-up.ts';
import { launch } from '../action/launch.ts';
import { confirmSignature, questionLines } from '../action/review.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { type AskLine, isTaken, readAskLine, readAskStart } from '../questions/ask-line.ts';
import { checkFilled } from '../questions/check-operations.ts';
import { requireReader } from '../questions/known-signers.ts';
import { type LoadedQuestion, loadQuestion, requireQuestionName } from '../questions/load-question.ts';
import { authorLines, parameterLine } from '../questions/question-lines.ts';
import { openSeen } from '../questions/seen.ts';
import { type CliSession, openSession } from '../session.ts';

/** `mig ask <name> [-set <parameter>=<value>] [-<parameter> <value>] [options]`: asks the fleet a saved question. */
export async function askCommand([word, ...args]: readonly string[], run: RunLine): Promise<number> {
  const usage = USAGES.ask;
  const name = requireQuestionName(word, usage);
  const start = readAskStart(args);
  const { options } = parseGlobalOptions([], {});
  const session = await openSession({ ...options, configFile: start.configFile, verbose: start.isVerbose });
  const loaded = await loadQuestion(session, { name, version: start.version, keys: start.keys });
  if (start.asksForHelp) return printHelp(session, loaded);
  const line = readAskLine(args, loaded.question, `mig ask ${name} help shows its parameters; ${usage}`);
  return ask({ ...session, options: optionsOf(line, loaded) }, { loaded, line, run });
}

/** What the question says holds where the command line says nothing. */
function optionsOf({ options }: AskLine, { question }: LoadedQuestion): CliSession['options'] {
  if (options.target === 'local')
    throw new MigError('usage', '-t local does not apply: a saved question asks agents');
  return {
    ...options,
    target: options.target ?? question.target,
    expiration: options.expiration ?? question.expireafter,
  };
}

interface Asked {
  loaded: LoadedQuestion;
  line: AskLine;
  run: RunLine;
}

async function ask(session: CliSession, { loaded, line: { given }, run }: Asked): Promise<number> {
  const { options, config, output } = session;
  const values = readOwnValues(loaded, given);
  const operations = fillOperations(loaded.question, values);
  checkFilled(operations);
  const action = buildAction(
    { operations, commandLine: nameOf(loaded, values) },
    { ...options, compress: false },
    config.macros,
  );
  for (const line of [...authorLines(loaded), ...questionLines(action)]) output.note(line);
  // The author may have written it, and a signed action can be sent to new endpoints until it ends.
  if (options.expiration !== undefined) output.note(`valid for  ${options.expiration}`);
  if (!(await isTrusted(session, loaded))) return EXIT.cancelled;
  // Compressed parameters cannot be read, so they are compressed only after they were shown.
  const sent = options.compress
    ? buildAction({ operations, commandLine: nameOf(loaded, values) }, options, config.macros)
    : action;
  return launch(session, sent, { send: investigateFurther(run, () => openSeen(session).names()) });
}

function readOwnValues(
  { question }: LoadedQuestion,
  given: ReadonlyMap<string, string>,
): Map<string, ParameterValue> {
  try {
    return readValues(question, given, patternProblem);
  } catch (error) {
    if (errorCode(error) !== 'parameter_invalid') throw error;
    throw new MigError(
      'usage',
      `${errorMessage(error)}; mig ask ${question.name} help shows its parameters`,
      {
        cause: error,
      },
    );
  }
}

/** The name of the action: `question passwd v3 -name ^passwd$`. */
function nameOf({ question }: LoadedQuestion, values: ReadonlyMap<string, ParameterValue>): string[] {
  const given = [...values].flatMap(([name, value]) => [`-${name}`, String(value)]);
  return ['question', question.name, `v${question.version}`, ...given];
}

/**
 * Whether to ask a question whose author only the platform vouches for: the platform could have written it. Asks on a
 * terminal, and refuses where nobody reads what is signed.
 */
async function isTrusted(
  session: CliSession,
  { areOwn, author, fingerprint }: LoadedQuestion,
): Promise<boolean> {
  if (areOwn || session.options.printAction) return true;
  requireReader(session, { areOwn, what: `that key ${fingerprint} belongs to ${author}` });
  return confirmSignature(session);
}

function printHelp({ output }: CliSession, loaded: LoadedQuestion): number {
  const { name, version, description, parameters, target, expireafter } = loaded.question;
  output.answer(`usage: mig ask ${name}${parameters.map(usageOf).join('')} [options]`);
  output.answer('');
  for (const line of description.split('\n')) if (line !== '') output.answer(line);
  for (const parameter of parameters) {
    output.answer(`  ${parameterLine(parameter)}${isTaken(parameter.name) ? ' (with -set)' : ''}`);
  }
  if (target !== undefined) output.answer(`  -t ${target}, unless you give another`);
  if (expireafter !== undefined) output.answer(`  -e ${expireafter}, unless you give another`);
  output.answer('');
  for (const line of authorLines(loaded)) output.answer(line);
  output.note(`mig questions show ${name} -version ${version} shows what it asks`);
  return EXIT.ok;
}

function usageOf({ name, type, required }: LoadedQuestion['question']['parameters'][number]): string {
  const flag = isTaken(name) ? `-set ${name}=<${type}>` : `-${name} <${type}>`;
  return required ? ` ${flag}` : ` [${flag}]`;
}
