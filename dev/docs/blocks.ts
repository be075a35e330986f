/** Replaces the text between the markers of a generated block. Throws when the page lacks them. */
export function replaceBlock(page: string, { name, content }: { name: string; content: string }): string {
  const [start, end] = [`<!-- generated: ${name} -->\n`, '<!-- /generated -->'];
  const [before, rest, ...others] = page.split(start);
  if (before === undefined || rest === undefined || others.length > 0) {
    throw new Error(`the page must have the marker ${start.trimEnd()} exactly once`);
  }
  const endAt = rest.indexOf(end);
  if (endAt === -1) throw new Error(`the marker ${end} is missing behind ${start.trimEnd()}`);
  return `${before}${start}\n${content}\n\n${rest.slice(endAt)}`;
}
