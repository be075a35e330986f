import { statSync } from 'node:fs';
import { goErrno } from '../../contract/go/errno.ts';
import { linesOfFile } from '../../platform/machine/read-lines.ts';

/** Where the names of time servers come from. */
export interface HostSources {
  configFile: string;
  fallbacks: readonly string[];
}

export const HOST_SOURCES: HostSources = {
  configFile: '/etc/ntp.conf',
  fallbacks: ['time.nist.gov', '0.pool.ntp.org', '1.pool.ntp.org', '2.pool.ntp.org', '3.pool.ntp.org'],
};

/** Far more than any configuration has. */
const MAX_CONFIGURED = 100;
const MAX_LINES = 100_000;

/** The servers to ask in order: those of the configuration, then the fallbacks. */
export function listNtpHosts({ configFile, fallbacks }: HostSources): {
  hosts: readonly string[];
  error?: string;
} {
  try {
    return { hosts: [...readServers(configFile), ...fallbacks] };
  } catch (error) {
    const why = `open ${configFile}: ${goErrno(error)}`;
    return {
      hosts: fallbacks,
      error: `Using backup NTP hosts. Failed to read ${configFile} with error '${why}'`,
    };
  }
}

function readServers(file: string): string[] {
  if (!statSync(file).isFile()) throw new Error('not a regular file');
  const servers: string[] = [];
  let lines = 0;
  for (const batch of linesOfFile(file)) {
    for (const line of batch) {
      const host = serverOf(line);
      if (host !== undefined) servers.push(host);
    }
    lines += batch.length;
    if (servers.length >= MAX_CONFIGURED || lines >= MAX_LINES) break;
  }
  return servers.slice(0, MAX_CONFIGURED);
}

/** The second word of a line that begins with `server`. */
export function serverOf(line: string): string | undefined {
  const [keyword, host] = line.trim().split(/\s+/, 2);
  return keyword === 'server' ? host : undefined;
}
