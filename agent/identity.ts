import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isQueueloc } from '../contract/names.ts';
import { operatingSystem } from '../modules/go-platform.ts';

export const IDENTITY_FILE = '.migagtid';

/**
 * The agent's queue, `<os>.<hostname>.<uid>` (concepts: randomization of the queue names), chosen at first start and
 * kept whole, so that a renamed host keeps its queue. The uid is the time in nanoseconds and 128 random bits.
 */
export function loadQueueloc(stateDir: string, name: string): string {
  const file = join(stateDir, IDENTITY_FILE);
  mkdirSync(stateDir, { recursive: true, mode: 0o711 });
  try {
    const known = readFileSync(file, 'utf8').trim();
    if (isQueueloc(known)) return known;
  } catch {
    // first start
  }
  const nanoseconds = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
  const random = BigInt(`0x${randomBytes(16).toString('hex')}`);
  const host = name.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 100);
  const queueloc = `${operatingSystem()}.${host}.${nanoseconds.toString(36)}${random.toString(36).padStart(25, '0')}`;
  writeFileSync(`${file}.new`, queueloc, { mode: 0o400 });
  renameSync(`${file}.new`, file);
  return queueloc;
}
