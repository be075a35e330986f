/** Reports progress to the person at the terminal, on stderr. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints a line of the command's answer, on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
