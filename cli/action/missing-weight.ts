import { type Action, moduleNames } from '../../contract/action.ts';
import { isWeightEnough, weightsFor } from '../../contract/rules/acl-weights.ts';
import { readPublicKeys } from '../../platform/openpgp/keyring.ts';
import { findPublishedAcl, type KnownAcl, verifyPublishedAcl } from '../acl/find-acl.ts';
import { weightLines } from '../acl/weight-lines.ts';
import { findPublicKey } from '../api/api-client.ts';
import { issuersOf } from '../keys/signers.ts';
import type { CliSession } from '../session.ts';

/**
 * The weight that the signers of an action lack by the published ACL, in lines; undefined when they lack none, or it is
 * unknown. It is advice: no failure to find it (no ACL, MIG's own API, a missing permission) prevents a launch.
 */
export async function findMissingWeight(
  session: Pick<CliSession, 'api'>,
  action: Action,
  fingerprints: readonly string[],
): Promise<string[] | undefined> {
  const known = await findAcl(session).catch(() => undefined);
  if (known === undefined) return undefined;
  const weights = weightsFor(known.acl, { modules: moduleNames(action), fingerprints });
  return isWeightEnough(weights) ? undefined : weightLines(weights);
}

async function findAcl({ api }: Pick<CliSession, 'api'>): Promise<KnownAcl | undefined> {
  const view = await findPublishedAcl(api);
  if (view === undefined) return undefined;
  const [issuer] = await issuersOf([view.signature]);
  const armored = issuer === undefined ? undefined : await findPublicKey(api, issuer);
  const keyring = armored === undefined ? [] : (await readPublicKeys(armored)).keyring;
  return verifyPublishedAcl(view, { keyring, nameOf: () => '', reasonForOthers: '' });
}
