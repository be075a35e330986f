import type { Question, QuestionContent } from '../../contract/question/document.ts';
import type { QuestionParameter } from '../../contract/question/parameter.ts';
import { prettyJson } from '../action/action-text.ts';
import type { LoadedQuestion } from './load-question.ts';

/** A version for people: what it asks, its parameters, and who wrote it. */
export function questionLines(loaded: LoadedQuestion): string[] {
  const { question, view } = loaded;
  return [
    `question   ${question.name} version ${question.version}`,
    ...authorLines(loaded),
    ...(view.removed === null ? [] : [`removed    ${view.removed.at} by ${view.removed.name}`]),
    ...contentLines(question),
  ];
}

/** Who wrote a version is what its signature says, not the API. */
export function authorLines({ question, author, fingerprint, signedat, digest }: LoadedQuestion): string[] {
  return [
    `written by ${author} (${fingerprint}) ${signedat}`,
    ...(question.comment === '' ? [] : [`comment    ${question.comment}`]),
    `digest     ${digest}`,
  ];
}

/** What a version asks. Each line of JSON is one line, so that versions can be compared line by line. */
export function contentLines(content: QuestionContent): string[] {
  const { description, target, expireafter, parameters, operations } = content;
  return [
    ...(description === '' ? [] : [`about      ${description}`]),
    `target     ${target ?? 'as of any action'}`,
    `valid for  ${expireafter ?? 'as long as any action'}`,
    ...parameters.map((parameter) => `parameter  ${parameterLine(parameter)}`),
    ...operations.flatMap((operation) => [
      `operation  ${operation.module}`,
      ...prettyJson(JSON.stringify(operation.parameters), 2)
        .split('\n')
        .map((line) => `  ${line}`),
    ]),
  ];
}

/** `-path <path>, default "/etc": a folder` */
export function parameterLine(parameter: QuestionParameter): string {
  const { name, type, description, required, choices } = parameter;
  const kind = choices === undefined ? `<${type}>` : choices.join('|');
  const facts = [
    ...(required ? ['required'] : []),
    ...(parameter.default === undefined ? [] : [`default ${JSON.stringify(parameter.default)}`]),
    ...(parameter.example === undefined ? [] : [`such as ${JSON.stringify(parameter.example)}`]),
  ];
  const more = facts.length === 0 ? '' : `, ${facts.join(', ')}`;
  return `-${name} ${kind}${more}${description === '' ? '' : `: ${description}`}`;
}

/** A version as a file: what `mig questions save` reads, with the version that it was made from. */
export function questionJson({ question, digest, author, fingerprint, signedat }: LoadedQuestion): string {
  const { name, version, comment, previous, ...content } = question;
  const record = {
    name,
    version,
    ...content,
    comment,
    previous,
    digest,
    author,
    fingerprint,
    savedat: signedat,
  } satisfies Question & Record<string, unknown>;
  return prettyJson(JSON.stringify(record), 2);
}
