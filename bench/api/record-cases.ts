import { questionText } from '../../contract/question/document.ts';
import { FILE_OPERATION } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import { type ApiCase, form, makeMany, nextSerial, type RouteName, recordOf } from './api-case.ts';
import type { CaseRig } from './case-rig.ts';
import { read } from './read-cases.ts';

export async function questionCases({ api }: CaseRig): Promise<ApiCase[]> {
  const newQuestion = async (name = `bench-${nextSerial()}`) => {
    const question = questionText({
      name,
      version: 1,
      previous: null,
      comment: '',
      description: 'the file passwd',
      parameters: [],
      operations: [FILE_OPERATION],
    });
    return { question, signature: await signText(question, api.key) };
  };
  recordOf(await api.form('/question/save/', await newQuestion('bench')));
  return [
    read('listQuestions', 'saved questions', '/question/list'),
    read('getQuestion', 'one question', '/question?name=bench'),
    read('listQuestionVersions', 'versions of a question', '/question/versions?name=bench'),
    {
      route: 'saveQuestion',
      what: 'save a question',
      prepare: (count) => makeMany(count, async () => form('/question/save/', await newQuestion())),
    },
    {
      route: 'removeQuestion',
      what: 'remove a question',
      prepare: (count) =>
        makeMany(count, async () => {
          const name = `bench-${nextSerial()}`;
          recordOf(await api.form('/question/save/', await newQuestion(name)));
          return form('/question/remove/', { name, version: '1' });
        }),
    },
  ];
}

export async function loaderCases({ api }: CaseRig): Promise<ApiCase[]> {
  const newLoader = () => {
    const name = `bench-${nextSerial()}`;
    return { loader: JSON.stringify({ name, expectenv: `loadername='${name}'` }) };
  };
  const make = async () => String(recordOf(await api.form('/loader/new/', newLoader())).id);
  const change = (
    route: RouteName,
    what: string,
    path: string,
    fields: () => Record<string, string>,
  ): ApiCase => ({
    route,
    what,
    prepare: (count) => makeMany(count, async () => form(path, { loaderid: await make(), ...fields() })),
  });
  return [
    read('search', 'loaders', '/search?type=loader&limit=37'),
    read('getLoader', 'one loader', `/loader?loaderid=${await make()}`),
    {
      route: 'createLoader',
      what: 'create a loader',
      prepare: (count) => makeMany(count, async () => form('/loader/new/', newLoader())),
    },
    change('setLoaderStatus', 'enable a loader', '/loader/status/', () => ({ status: 'enabled' })),
    change('setLoaderCondition', 'give a loader a condition', '/loader/expect/', () => ({
      expectenv: `loadername='bench-${nextSerial()}'`,
    })),
    change('renewLoaderKey', 'renew the key of a loader', '/loader/key/', () => ({})),
  ];
}

/** Deliveries fail at once: nothing listens at the discard port. */
const RECEIVER = 'http://127.0.0.1:9/hook';
/** The platform has at most 50 webhooks. */
const MOST_WEBHOOKS = 40;
const DELIVERIES_EACH = 3;

export async function webhookCases({ testbed: { db }, api }: CaseRig): Promise<ApiCase[]> {
  const newWebhook = () => ({ name: `bench-${nextSerial()}`, url: RECEIVER, types: 'webhook.disabled' });
  const make = async () => String(recordOf(await api.form('/webhook/create/', newWebhook())).id);
  const makeAll = async (count: number) => {
    // The worker locks a delivery before its webhook: in the other order the two could deadlock.
    await db.query(
      `DELETE FROM webhook_deliveries
       WHERE webhookid IN (SELECT id FROM webhooks WHERE name LIKE 'bench-%')`,
    );
    await db.query(`DELETE FROM webhooks WHERE name LIKE 'bench-%'`);
    return makeMany(count, make);
  };
  /** Sends tests to webhooks; returns the ids of the deliveries, which have been given up. */
  const giveUpDeliveries = async (webhookIds: readonly string[], each: number): Promise<string[]> => {
    const count = webhookIds.length * each;
    await makeMany(count, async (index) => {
      const webhookid = webhookIds[index % webhookIds.length] ?? '';
      recordOf(await api.form('/webhook/test/', { webhookid }));
    });
    const areThere = async () => {
      const { made } = await readRow<{ made: number }>(db, {
        text: 'SELECT count(*)::int AS made FROM webhook_deliveries WHERE webhookid = ANY ($1::numeric[])',
        values: [webhookIds],
      });
      return made >= count;
    };
    await waitFor('the deliveries', areThere, { everyMs: 100 });
    return waitFor('the end of the deliveries', () => endDeliveries(db, webhookIds), { everyMs: 100 });
  };
  const change = (
    route: RouteName,
    what: string,
    path: string,
    fields: () => Record<string, string>,
  ): ApiCase => ({
    route,
    what,
    atMost: MOST_WEBHOOKS,
    prepare: async (count) =>
      (await makeAll(count)).map((webhookid) => form(path, { webhookid, ...fields() })),
  });
  const shown = String(
    recordOf(await api.form('/webhook/create/', { name: 'shown', url: RECEIVER, types: 'webhook.disabled' }))
      .id,
  );
  await giveUpDeliveries([shown], 100);
  return [
    read('listWebhooks', 'webhooks', '/webhook/list'),
    read('getWebhook', 'one webhook', `/webhook?webhookid=${shown}`),
    read('listDeliveries', '100 deliveries', `/webhook/deliveries?webhookid=${shown}`),
    {
      route: 'createWebhook',
      what: 'create a webhook',
      atMost: MOST_WEBHOOKS,
      prepare: async (count) => {
        await makeAll(0);
        return Array.from({ length: count }, () => form('/webhook/create/', newWebhook()));
      },
    },
    change('updateWebhook', 'rename a webhook', '/webhook/update/', () => ({
      name: `bench-${nextSerial()}`,
    })),
    change('setWebhookStatus', 'disable a webhook', '/webhook/status/', () => ({ status: 'disabled' })),
    change('rotateWebhookSecret', 'make a new secret', '/webhook/rotate/', () => ({})),
    change('testWebhook', 'test a webhook', '/webhook/test/', () => ({})),
    change('removeWebhook', 'remove a webhook', '/webhook/remove/', () => ({})),
    {
      route: 'replayDelivery',
      what: 'replay a delivery',
      atMost: MOST_WEBHOOKS,
      prepare: async (count) => {
        const ids = await giveUpDeliveries(await makeAll(1), count);
        return ids.map((deliveryid) => form('/webhook/replay/', { deliveryid }));
      },
    },
    {
      route: 'replayDeliveriesSince',
      what: `replay ${DELIVERIES_EACH} deliveries`,
      atMost: MOST_WEBHOOKS,
      prepare: async (count) => {
        const ids = await makeAll(count);
        await giveUpDeliveries(ids, DELIVERIES_EACH);
        const since = new Date(Date.now() - 60_000).toISOString();
        return ids.map((webhookid) => form('/webhook/replay/since/', { webhookid, since }));
      },
    },
  ];
}

const DEADLOCK = '40P01';

/** Gives up the deliveries of these webhooks and returns their ids; undefined when a worker was writing them. */
async function endDeliveries(
  db: CaseRig['testbed']['db'],
  webhookIds: readonly string[],
): Promise<string[] | undefined> {
  try {
    const { rows } = await db.query<{ id: string }>(
      `UPDATE webhook_deliveries
       SET
         state = 'dead',
         endedat = now()
       WHERE id IN (
         SELECT id
         FROM webhook_deliveries
         WHERE webhookid = ANY ($1::numeric[])
         ORDER BY id
         FOR UPDATE
       )
       RETURNING id::text`,
      [webhookIds],
    );
    return rows.map(({ id }) => id);
  } catch (error) {
    if ((error as { code?: unknown }).code !== DEADLOCK) throw error;
    return undefined;
  }
}
