import { appendFileSync, renameSync, statSync } from 'node:fs';

/** A log of bounded size: when it is full it becomes `<path>.1`, in place of the one before. */
export function openLogFile({ path, maxBytes }: { path: string; maxBytes: number }): {
  write(line: string): void;
} {
  let bytes = sizeOf(path);
  return {
    write(line) {
      try {
        if (bytes + line.length > maxBytes && bytes > 0) {
          renameSync(path, `${path}.1`);
          bytes = 0;
        }
        appendFileSync(path, line, { mode: 0o600 });
        bytes += line.length;
      } catch {
        // nowhere to say it: a full disk must not end the agent
      }
    },
  };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
