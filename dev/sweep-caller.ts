import type { PrivateKey } from 'openpgp';
import { signedText } from '../contract/rules/signed-text.ts';
import { parseSweep, type Sweep } from '../contract/sweep/document.ts';
import { runActions, signableOperations } from '../contract/sweep/run-actions.ts';
import { signText } from '../platform/openpgp/sign.ts';
import type { ApiCaller } from './api-caller.ts';

/** A sweep that the API has accepted. */
export interface PostedSweep {
  id: number;
  sweep: Sweep;
  operations: string[];
}

/** Signs the text of a sweep and posts it. */
export async function postSweep(api: ApiCaller, text: string): Promise<PostedSweep> {
  const sweep = parseSweep(text);
  const operations = signableOperations(sweep.checks);
  const answer = await api.form('/sweep/create/', {
    sweep: text,
    signatures: JSON.stringify([await signText(text, api.key)]),
    operations: JSON.stringify(operations),
  });
  if (answer.status !== 202) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
  return { id: answer.body.collection.items[0].data[0].value.id, sweep, operations };
}

/** The signed parts of one run. */
export async function signParts(
  key: PrivateKey,
  { sweep, operations }: Pick<PostedSweep, 'sweep' | 'operations'>,
  plannedat: string,
) {
  const actions = runActions(sweep, { plannedat, operations });
  return Promise.all(
    actions.map(async (action) => ({
      name: action.name,
      validfrom: action.validfrom,
      expireafter: action.expireafter,
      signatures: [await signText(signedText(action), key)],
    })),
  );
}

/** Asks for a run now, signed; returns its id. */
export async function triggerSweep(
  api: ApiCaller,
  posted: PostedSweep,
  changes: { plannedat?: string; kind?: string; checks?: string[]; target?: string } = {},
): Promise<number> {
  const plannedat = changes.plannedat ?? new Date().toISOString();
  const chosen = posted.sweep.checks.filter(({ id }) => changes.checks?.includes(id) ?? true);
  const operations = signableOperations(chosen);
  const sweep = { ...posted.sweep, target: changes.target ?? posted.sweep.target };
  const parts = await signParts(api.key, { sweep, operations }, plannedat);
  const run = {
    kind: 'trigger',
    ...changes,
    plannedat,
    parts: parts.map((part, index) => ({ ...part, operations: operations[index] })),
  };
  const answer = await api.form('/sweep/run/', { sweepid: String(posted.id), run: JSON.stringify(run) });
  if (answer.status !== 202) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
  return answer.body.collection.items[0].data[0].value.id;
}
