import { appendFileSync, closeSync, constants, fstatSync, lstatSync, openSync, renameSync } from 'node:fs';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

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
        append(path, line);
        bytes += line.length;
      } catch {
        // nowhere to say it: a full disk must not end the agent
      }
    },
  };
}

/** Never through a link and never to what is not the agent's own: root must not write where somebody else leads it. */
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
