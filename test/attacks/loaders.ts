import { manifestText } from '../../contract/rules/manifest.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import {
  entriesOf,
  type Files,
  type LoaderEndpoint,
  type LoaderSite,
  nextSecond,
  openLoaderEndpoint,
  publish,
  standInAgent,
} from '../setup/loader-endpoint.ts';
import { allowToSign, createLoaderCalls } from '../setup/loaders.ts';
import { openLyingApi } from '../setup/lying-api.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import { createInvestigatorWith } from './create-investigator-with.ts';
import type { Rig } from './rig.ts';

const SIGNERS = 'the loader counts signatures by keys in its own folder, and each key once';
const EVIL: Files = { agentkey: 'EVIL' };

interface Target {
  site: LoaderSite;
  endpoint: LoaderEndpoint;
  /** The files that are installed. */
  good: Files;
}

/** A machine on which a loader has installed version 1 by this API. */
async function openTarget(rig: Rig, api = rig.apiUrl): Promise<Target> {
  const { slot, apiUrl, pool } = rig;
  await allowToSign({ pool, people: slot.people });
  const platform = { slot, people: slot.people, apiUrl };
  const site = { platform, ...createLoaderCalls({ apiUrl, api: rig.bob, john: rig.john }) };
  const endpoint = await openLoaderEndpoint(site, { api });
  const good = { 'mig-agent': standInAgent('1', endpoint), agentkey: 'GOOD' };
  await publish(site, endpoint, good);
  const { code, stderr } = await endpoint.run('-q');
  if (code !== 0) throw new Error(`the loader ended with ${code}: ${stderr}`);
  return { site, endpoint, good };
}

/** Runs the loader once more: it must refuse, and leave the good file. */
async function isRefused({ endpoint }: Target): Promise<Verdict> {
  const { code, stderr } = await endpoint.run('-q');
  const isGood = endpoint.read('etc/mig/agent.key') === 'GOOD';
  return stoppedIf(isGood && code !== 0, brief(`status ${code}: ${stderr}`));
}

export const LOADER_ATTACKS: readonly Attack[] = [
  {
    name: 'loaders: a manifest that one stolen key signed twice',
    holder: 'the API host',
    wall: SIGNERS,
    async run(rig) {
      await using api = await openLyingApi(rig.apiUrl);
      const target = await openTarget(rig, api.url);
      const signature = await signText(manifestText(entriesOf(EVIL)), rig.john.key);
      const value = { loader_name: 'x', entries: entriesOf(EVIL), signatures: [signature, signature] };
      const body = JSON.stringify({
        collection: { items: [{ href: '', data: [{ name: 'manifest', value }] }] },
      });
      api.lie = () => ({ status: 200, body });
      return isRefused(target);
    },
  },
  {
    name: 'loaders: a manifest signed by two investigators whom the attacker registered',
    holder: 'the API host',
    wall: SIGNERS,
    async run(rig) {
      const target = await openTarget(rig);
      await nextSecond();
      const attackers = await Promise.all(
        ['a', 'b'].map(() => createInvestigatorWith(rig, { manifest_sign: true })),
      );
      await publish(
        target.site,
        target.endpoint,
        EVIL,
        attackers.map(({ api }) => api),
      );
      return isRefused(target);
    },
  },
  {
    name: 'loaders: another file under a signed manifest',
    holder: 'the database',
    wall: 'the loader checks the hash of the staged file',
    async run(rig) {
      const target = await openTarget(rig);
      const id = await publish(target.site, target.endpoint, { ...target.good, agentkey: 'NEW' });
      await rig.pool.query(
        `UPDATE manifest_files f
         SET data = o.data
         FROM manifest_files o
         WHERE f.manifestid = $1 AND f.name = 'agentkey' AND o.manifestid = $1 AND o.name = 'mig-agent'`,
        [id],
      );
      return isRefused(target);
    },
  },
  {
    name: 'loaders: an old manifest with a known fault in the place of the installed one',
    holder: 'the database',
    wall: 'the loader refuses a manifest whose signatures are older',
    async run(rig) {
      const target = await openTarget(rig);
      const { site, endpoint } = target;
      const old = await publish(site, endpoint, EVIL);
      await rig.pool.query(`UPDATE manifests SET timestamp = timestamp - interval '1 day' WHERE id = $1`, [
        old,
      ]);
      await nextSecond();
      const installed = await publish(site, endpoint, { ...target.good, cacert: 'CA' });
      const { code } = await endpoint.run('-q');
      if (code !== 0) throw new Error(`the loader ended with ${code}`);
      await rig.pool.query(`UPDATE manifests SET status = 'staged' WHERE id = $1`, [installed]);
      await rig.pool.query(`UPDATE manifests SET timestamp = now() WHERE id = $1`, [old]);
      return isRefused(target);
    },
  },
];
