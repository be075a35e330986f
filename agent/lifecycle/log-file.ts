import { appendFileSync, closeSync, constants, fstatSync, lstatSync, openSync, renameSync } from 'node:fs';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/** Opens a log of bounded size: a full file is renamed to `<path>.1`, in place of the previous one. */
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
        append(path, line);
        bytes += line.length;
      } catch {
        // A full disk must not end the agent, and there is nowhere to log this.
      }
    },
  };
}

/** Never follows a link, and never writes to a file that is not the agent's own: others could redirect root's writes. */
function append(path: string, line: string): void {
  const fd = openOwn(path);
  try {
    appendFileSync(fd, line);
  } finally {
    closeSync(fd);
  }
}

function openOwn(path: string): number {
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  const stat = fstatSync(fd);
  const owners = [0, process.geteuid?.() ?? 0];
  if (stat.isFile() && stat.nlink <= 1 && owners.includes(stat.uid)) return fd;
  closeSync(fd);
  throw new Error(`${path} is not a file of the agent's own`);
}

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
