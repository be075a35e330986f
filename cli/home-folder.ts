import { homedir, userInfo } from 'node:os';
import { isAbsolute, parse } from 'node:path';

/**
 * The folder of this user. An empty or relative `HOME` counts as none: files of the working directory, which somebody
 * else may have written, would become this user's configuration. The root of the file system for a user without a folder.
 */
export function homeFolder(): string {
  const fromEnvironment = homedir();
  if (isAbsolute(fromEnvironment)) return fromEnvironment;
  try {
    const { homedir: recorded } = userInfo();
    if (isAbsolute(recorded)) return recorded;
  } catch {
    // A user without an entry in the system's database has no folder.
  }
  return parse(process.execPath).root;
}
