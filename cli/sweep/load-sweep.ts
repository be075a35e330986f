import { getSweep, listSweeps } from '../../contract/api/sweeps.ts';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { readStoredSweep, type Sweep } from '../../contract/sweep/document.ts';
import type {
  SweepReport,
  SweepRunView,
  SweepView,
  UnreadableSweepView,
  WaiverView,
} from '../../contract/sweep/item.ts';
import { planOfSigned, requireSameOperations } from '../../contract/sweep/plan.ts';
import { parseOperations } from '../../contract/sweep/requests.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { shellWord } from '../../contract/text/shell-word.ts';
import { type Keyring, readPublicKey } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import { findPublicKey } from '../api/api-client.ts';
import { issuersOf, loadKeyFiles } from '../keys/signers.ts';
import type { CliSession } from '../session.ts';

/** A sweep as the API has it. */
export interface LoadedSweep {
  view: SweepView;
  report: SweepReport;
  /** As read from the signed text. */
  sweep: Sweep;
  /** The last runs of all checks that have ended, newest first: at most two. */
  runs: SweepRunView[];
  waivers: WaiverView[];
}

/** A sweep whose document the API cannot read. */
export interface UnreadableSweep extends Pick<LoadedSweep, 'runs' | 'waivers'> {
  view: UnreadableSweepView;
  report: undefined;
}

/** A sweep with its document; throws `sweep_unreadable` when the API or this program cannot read it. */
export async function loadSweep(session: Pick<CliSession, 'api'>, name: string): Promise<LoadedSweep> {
  const found = await findSweep(session, name);
  if (found.report === undefined) throw new MigError('sweep_unreadable', found.view.unreadable.message);
  const sweep = readStoredSweep(found.report);
  // A server may show another document that the same person has signed.
  if (sweep.name !== name) {
    throw new MigError('conflict', `the API sent the document of the sweep '${sweep.name}' for '${name}'`);
  }
  return { ...found, sweep };
}

/** A sweep by its name, for commands that do without its document. */
export async function findSweep(
  { api }: Pick<CliSession, 'api'>,
  name: string,
): Promise<Omit<LoadedSweep, 'sweep'> | UnreadableSweep> {
  const { sweep, report, runs, waivers } = await api
    .call(getSweep, { name })
    .catch((error: unknown) => explainMissing(error, api, name));
  if (sweep.unreadable) return { view: sweep, report: undefined, runs, waivers };
  if (!report) throw new MigError('unavailable', 'the API sent no report of the sweep');
  return { view: sweep, report, runs, waivers };
}

/** Throws the error, and where there is no sweep of the name, with the name that was most likely meant. */
async function explainMissing(error: unknown, api: CliSession['api'], name: string): Promise<never> {
  if (errorCode(error) !== 'not_found') throw error;
  const names = (await api.call(listSweeps, {})).sweeps.map((sweep) => sweep.name);
  const hint = didYouMean(name, names);
  throw new MigError(
    'not_found',
    `there is no sweep ${JSON.stringify(name)}${hint}; mig sweep list prints those that there are`,
    { cause: error },
  );
}

/** Refuses an id that is none of the sweep's checks, with the one that was most likely meant. */
export function requireCheck({ report }: Pick<LoadedSweep, 'report'>, check: string): void {
  const ids = report.checks.map(({ id }) => id);
  if (ids.includes(check)) return;
  const name = shellWord(report.name);
  throw new MigError(
    'usage',
    `the sweep has no check ${JSON.stringify(check)}${didYouMean(check, ids)}; mig sweep show ${name} prints those that it has`,
  );
}

/** Who may have signed a sweep, and how it is told. */
export interface DocumentKeys {
  /** The keys that a signature by this key may be verified with. */
  keysOf: (issuer: string) => Promise<Keyring>;
  onSigner: (line: string) => void;
}

/**
 * Returns the operations to sign for the runs of a sweep. No server can change the question: the signed document is
 * verified here, and the operations must be those of its checks.
 */
export async function verifiedOperations(
  { report, sweep }: Pick<LoadedSweep, 'report' | 'sweep'>,
  keys: DocumentKeys,
): Promise<string[]> {
  await requireSigned(report, keys);
  const parts = planOfSigned(sweep.checks, report.operations);
  if (parts.length !== report.operations.length) {
    throw new MigError(
      'conflict',
      'the platform plans other actions for these checks: use the mig of its version',
    );
  }
  for (const [index, part] of parts.entries()) {
    requireSameOperations(parseOperations(report.operations[index] ?? ''), part.operations);
  }
  return report.operations;
}

/**
 * Whose documents an investigator countersigns: the own, and those of the key files; without files, of every key that the
 * API has. Then only a person can tell a forged key, by its fingerprint.
 */
export async function documentKeys(
  session: Pick<CliSession, 'signer' | 'api' | 'output'>,
  keyFiles: string | undefined,
): Promise<DocumentKeys> {
  const { signer, api, output } = session;
  const own = await readPublicKey(signer.publicKey);
  if (keyFiles !== undefined) {
    const { keyring } = await loadKeyFiles(keyFiles, output);
    return { keysOf: async () => [own, ...keyring], onSigner: output.note };
  }
  let isOfApi = false;
  return {
    async keysOf(issuer) {
      isOfApi = !own.key.getKeyIDs().some((id) => issuer.endsWith(id.toHex().toUpperCase()));
      if (!isOfApi) return [own];
      const armored = await findPublicKey(api, issuer);
      return armored === undefined ? [] : [await readPublicKey(armored)];
    },
    onSigner(line) {
      output.note(line);
      if (isOfApi) output.note('           the API sent this key: compare its fingerprint, or give -keys');
    },
  };
}

async function requireSigned(
  { document, signatures }: SweepReport,
  { keysOf, onSigner }: DocumentKeys,
): Promise<void> {
  const problems: string[] = [];
  for (const signature of signatures) {
    try {
      const [issuer = ''] = await issuersOf([signature]);
      const keyring = await keysOf(issuer);
      const fingerprint = await verifySignature([document], signature, { keyring, nowMs: Date.now() });
      const signer = keyring.find((known) => known.fingerprint === fingerprint);
      onSigner(`signed by  ${signer?.key.getUserIDs()[0] ?? 'unknown'} (${fingerprint})`);
      return;
    } catch (error) {
      problems.push(errorMessage(error));
    }
  }
  throw new MigError('signature_wrong', `nobody known has signed this sweep: ${problems.join('; ')}`);
}
