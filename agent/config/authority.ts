import { join } from 'node:path';
import { parseAcl } from '../../contract/acl.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { readTextIfThere } from '../../platform/files/read-text.ts';
import { BUILD } from './build-info.ts';
import { readKeyFolder } from './key-folder.ts';

const NOTHING_RUNS = 'every action will be refused';

/**
 * Reads keys and ACL: those in the endpoint's files if they exist and the build trusts files, otherwise the compiled-in
 * ones. Warns when there are none, because the agent then refuses every action.
 */
export function readAuthority(
  folder: string,
  { isAclNeeded, warn }: { isAclNeeded: boolean; warn: (line: string) => void },
): { acl: Acl; armoredKeys: string[]; keySources: string[] } {
  const aclFile = join(folder, 'acl.cfg');
  const keysFolder = join(folder, 'agentkeys');
  const ifTrusted = <T>(read: () => T) => (BUILD.areFilesTrusted ? read() : undefined);
  const compiled = BUILD.config;
  const ownAcl = ifTrusted(() => readTextIfThere(aclFile));
  const ownKeys = ifTrusted(() => readKeyFolder(keysFolder, warn));
  const acl =
    ownAcl === undefined ? parseAcl('compiled-in ACL', compiled?.acl ?? '{}') : parseAcl(aclFile, ownAcl);
  const keys =
    ownKeys ??
    (compiled?.armoredKeys ?? []).map((armored, index) => ({
      armored,
      source: `compiled-in key ${index + 1}`,
    }));
  const where = (path: string) => (BUILD.areFilesTrusted ? `${path}: ` : 'this build: ');
  if (isAclNeeded && Object.keys(acl).length === 0) warn(`${where(aclFile)}there is no ACL: ${NOTHING_RUNS}`);
  if (keys.length === 0) warn(`${where(keysFolder)}there is no investigator's key: ${NOTHING_RUNS}`);
  return {
    acl,
    armoredKeys: keys.map(({ armored }) => armored),
    keySources: keys.map(({ source }) => source),
  };
}
