import { parseSweep } from '../../contract/sweep/document.ts';
import { signableOperations } from '../../contract/sweep/run-actions.ts';
import { type PostedSweep, postSweep, signParts, triggerSweep } from '../../dev/sweep-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import {
  type ApiCase,
  type ApiRequest,
  form,
  makeMany,
  nextSerial,
  type RouteName,
  recordOf,
} from './api-case.ts';
import { type CaseRig, targetOfOne } from './case-rig.ts';

/** Each has a schedule in Temporal. */
const MOST_SWEEPS = 40;
/** Each is a workflow with the workflow of an action. */
const MOST_RUNS = 20;
const HOUR_MS = 3_600_000;
const CHECKS = ['one', 'two', 'three', 'four'];

/** A sweep of four checks. It never runs by itself soon. */
export function sweepText({
  name,
  target,
  cron = '0 0 1 1 *',
}: {
  name: string;
  target: string;
  cron?: string;
}): string {
  const checks = CHECKS.map((id) => {
    const search = {
      paths: ['/etc'],
      names: [id === 'one' ? '^passwd$' : `^${id}$`],
      options: { matchall: true, maxdepth: 1, matchlimit: 10 },
    };
    const operations = [{ module: 'file', parameters: { searches: { s: search } } }];
    return {
      id,
      action: {
        name: `the file ${id}`,
        threat: { ref: id, level: 'high' },
        operations,
        compliance: { expect: ['found'] },
      },
    };
  });
  return JSON.stringify({ name, target, schedule: { cron, catchup: '0s' }, validity: '2h', checks });
}

export async function sweepCases(rig: CaseRig): Promise<ApiCase[]> {
  const { api } = rig;
  return [
    {
      route: 'createSweep',
      what: 'create a sweep',
      atMost: MOST_SWEEPS,
      prepare: (count) =>
        makeMany(count, async () => {
          const text = newSweep();
          const operations = signableOperations(parseSweep(text).checks);
          const signatures = JSON.stringify([await signText(text, api.key)]);
          return form('/sweep/create/', { sweep: text, signatures, operations: JSON.stringify(operations) });
        }),
    },
    ...stateCases(rig),
    ...runCases(rig),
    await signCase(rig),
    ...waiverCases(rig),
  ];
}

function newSweep(): string {
  return sweepText({ name: `bench ${nextSerial()}`, target: targetOfOne() });
}

function stateCases({ api }: CaseRig): ApiCase[] {
  const change = (route: RouteName, verb: string, before: readonly string[] = []): ApiCase => ({
    route,
    what: `${verb} a sweep`,
    atMost: MOST_SWEEPS,
    prepare: (count) =>
      makeMany(count, async () => {
        const sweepid = String((await postSweep(api, newSweep())).id);
        for (const earlier of before) recordOf(await api.form(`/sweep/${earlier}/`, { sweepid }));
        return form(`/sweep/${verb}/`, { sweepid });
      }),
  });
  return [
    change('pauseSweep', 'pause'),
    change('resumeSweep', 'resume', ['pause']),
    change('deleteSweep', 'delete'),
  ];
}

function runCases({ api }: CaseRig): ApiCase[] {
  const order = (route: RouteName, verb: string, before: readonly string[] = []): ApiCase => ({
    route,
    what: `${verb} a run of a sweep`,
    atMost: MOST_RUNS,
    prepare: (count) =>
      makeMany(count, async () => {
        const runid = String(await triggerSweep(api, await postSweep(api, newSweep())));
        for (const earlier of before) recordOf(await api.form(`/sweep/run/${earlier}/`, { runid }));
        return form(`/sweep/run/${verb}/`, { runid });
      }),
  });
  return [
    {
      route: 'requestSweepRun',
      what: 'request a run of a sweep',
      atMost: MOST_RUNS,
      prepare: (count) => makeMany(count, async () => requestRun(api, await postSweep(api, newSweep()))),
    },
    order('pauseSweepRun', 'pause'),
    order('resumeSweepRun', 'resume', ['pause']),
    order('cancelSweepRun', 'cancel'),
  ];
}

async function requestRun(api: CaseRig['api'], { id, sweep, operations }: PostedSweep): Promise<ApiRequest> {
  const plannedat = new Date().toISOString();
  const signed = await signParts(api.key, { sweep, operations }, plannedat);
  const parts = signed.map((part, index) => ({ ...part, operations: operations[index] }));
  return form('/sweep/run/', {
    sweepid: String(id),
    run: JSON.stringify({ kind: 'trigger', plannedat, parts }),
  });
}

/** One sweep that is planned each hour; each request signs the next one. */
async function signCase({ api }: CaseRig): Promise<ApiCase> {
  const posted = await postSweep(
    api,
    sweepText({ name: 'bench hourly', target: targetOfOne(), cron: '30 * * * *' }),
  );
  const sweepid = String(posted.id);
  recordOf(await api.form('/sweep/pause/', { sweepid }));
  const first = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS / 2;
  let hours = 1;
  return {
    route: 'signSweepRuns',
    what: 'sign a run ahead',
    prepare: (count) =>
      makeMany(count, async () => {
        const plannedat = `${new Date(first + hours++ * HOUR_MS).toISOString().slice(0, 19)}Z`;
        const runs = [{ plannedat, parts: await signParts(api.key, posted, plannedat) }];
        return form('/sweep/sign/', { sweepid, runs: JSON.stringify(runs) });
      }),
  };
}

function waiverCases({ api, sweep }: CaseRig): ApiCase[] {
  const sweepid = String(sweep.id);
  const newWaiver = async () => {
    const waiver = JSON.stringify({
      sweep: sweep.sweep.name,
      sweepid: sweep.id,
      check: 'one',
      why: `bench ${nextSerial()}`,
      until: new Date(Date.now() + HOUR_MS).toISOString(),
    });
    return { sweepid, waiver, signatures: JSON.stringify([await signText(waiver, api.key)]) };
  };
  return [
    {
      route: 'waiveCheck',
      what: 'waive a check',
      prepare: (count) => makeMany(count, async () => form('/sweep/waive/', await newWaiver())),
    },
    {
      route: 'revokeWaiver',
      what: 'revoke a waiver',
      prepare: (count) =>
        makeMany(count, async () => {
          const { id } = recordOf(await api.form('/sweep/waive/', await newWaiver()));
          return form('/sweep/unwaive/', { sweepid, waiverid: String(id) });
        }),
    },
  ];
}
