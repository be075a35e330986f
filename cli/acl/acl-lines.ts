import { type Acl, weightsOf } from '../../contract/rules/acl.ts';

/** An ACL for people: a line for each entry and each investigator. */
export function aclLines(acl: Acl): string[] {
  return Object.entries(acl).flatMap(([module, entry]) => [
    `${module} needs weight ${entry.minimumweight}`,
    ...weightsOf(entry).map(({ name, fingerprint, weight }) => `  ${weight}  ${name} (${fingerprint})`),
  ]);
}

/** The lines of the second that the first does not have, and those that it has no more, as a difference. */
export function changedLines(before: Acl, after: Acl): string[] {
  const [old, fresh] = [before, after].map(keyedLines) as [string[], string[]];
  const removed = old.filter((line) => !fresh.includes(line)).map((line) => `- ${line}`);
  const added = fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  return [...removed, ...added];
}

/** Each line says its module, so that equal weights of two modules stay apart. */
function keyedLines(acl: Acl): string[] {
  return Object.entries(acl).flatMap(([module, entry]) => [
    `${module} needs weight ${entry.minimumweight}`,
    ...weightsOf(entry).map(
      ({ name, fingerprint, weight }) => `${module} gives ${name} (${fingerprint}) weight ${weight}`,
    ),
  ]);
}
