import { parseAction } from '../../contract/action.ts';
import { actionDigest, noteText } from '../../contract/inbox/note.ts';
import { publishedAclText } from '../../contract/published-acl.ts';
import { signedText } from '../../contract/rules/signed-text.ts';
import { type ApiCaller, postAction, signedAction } from '../../dev/api-caller.ts';
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
import { type CaseRig, makeInvestigators, targetOfOne } from './case-rig.ts';
import { read } from './read-cases.ts';

/** Each starts a workflow, which works after the answer. */
const AT_MOST = 40;
/** Of one investigator at most 50 entries may wait. */
const ENTRIES_EACH = 40;
const VALID_MS = 1_800_000;

export function actionCases({ api }: CaseRig): ApiCase[] {
  const prepareOrders =
    (verb: string, before: readonly string[] = []) =>
    (count: number) =>
      makeMany(count, async () => {
        const actionid = String(await postAction(api, newAction()));
        for (const earlier of before) recordOf(await api.form(`/action/${earlier}/`, { actionid }));
        return form(`/action/${verb}/`, { actionid });
      });
  return [
    {
      route: 'createAction',
      what: 'launch an action to one agent',
      prepare: (count) =>
        makeMany(count, async () =>
          form('/action/create/', { action: await signedAction([api.key], newAction()) }),
        ),
    },
    { route: 'pauseAction', what: 'pause an action', atMost: AT_MOST, prepare: prepareOrders('pause') },
    {
      route: 'resumeAction',
      what: 'resume an action',
      atMost: AT_MOST,
      prepare: prepareOrders('resume', ['pause']),
    },
    { route: 'cancelAction', what: 'cancel an action', atMost: AT_MOST, prepare: prepareOrders('cancel') },
    {
      route: 'changeBrakes',
      what: 'give an action brakes',
      atMost: AT_MOST,
      prepare: (count) =>
        makeMany(count, async () => {
          const actionid = String(await postAction(api, newAction()));
          return form('/action/brakes/', { actionid, brakes: JSON.stringify({ perminute: 60 }) });
        }),
    },
  ];
}

function newAction() {
  return { name: `bench ${nextSerial()}`, target: targetOfOne(), expireAfterMs: Date.now() + VALID_MS };
}

export async function inboxCases(rig: CaseRig): Promise<ApiCase[]> {
  const { api } = rig;
  const change = (
    route: RouteName,
    what: string,
    toRequest: (entry: Entry) => Promise<ApiRequest>,
  ): ApiCase => ({
    route,
    what,
    atMost: AT_MOST,
    prepare: async (count) => {
      const entries = await makeEntries(rig, count);
      return makeMany(count, (index) => toRequest(entries[index] as Entry));
    },
  });
  const [entry] = await makeEntries(rig, 1);
  return [
    read('listInbox', 'inbox', '/inbox/list'),
    read('getInboxEntry', 'one entry of the inbox', `/inbox?inboxid=${entry?.id}`),
    {
      route: 'submitToInbox',
      what: 'submit an action to the inbox',
      prepare: async (count) => {
        const drafts = await makeDrafts(rig, count);
        return makeMany(count, async (index) => {
          const { author, fields } = drafts[index] as Draft;
          return form('/inbox/submit/', fields, { 'X-PGPAUTHORIZATION': await author.token() });
        });
      },
    },
    change('signInboxEntry', 'sign an entry, which launches it', async ({ id, text }) => {
      const action = parseAction(text);
      const signature = await signText(signedText(action), api.key);
      return form('/inbox/sign/', { inboxid: String(id), digest: actionDigest(action), signature });
    }),
    change('declineInboxEntry', 'decline an entry', async ({ id }) =>
      form('/inbox/decline/', { inboxid: String(id), reason: 'a bench' }),
    ),
    change('withdrawInboxEntry', 'withdraw an entry', async ({ id, author }) =>
      form('/inbox/withdraw/', { inboxid: String(id) }, { 'X-PGPAUTHORIZATION': await author.token() }),
    ),
  ];
}

interface Draft {
  author: ApiCaller;
  text: string;
  fields: Record<string, string>;
}

interface Entry extends Draft {
  id: number;
}

/** Actions that one investigator has signed, of as many investigators as it takes. */
async function makeDrafts(rig: CaseRig, count: number): Promise<Draft[]> {
  const authors = await makeInvestigators(rig, Math.ceil(count / ENTRIES_EACH));
  return makeMany(count, async (index) => {
    const author = authors[Math.floor(index / ENTRIES_EACH)]?.caller;
    if (author === undefined) throw new Error('no author');
    const text = await signedAction([author.key], newAction());
    const note = noteText({ digest: actionDigest(parseAction(text)), agents: 1, sample: [] });
    const notesignature = await signText(note, author.key);
    return { author, text, fields: { action: text, note, notesignature } };
  });
}

async function makeEntries(rig: CaseRig, count: number): Promise<Entry[]> {
  const drafts = await makeDrafts(rig, count);
  return makeMany(count, async (index) => {
    const draft = drafts[index] as Draft;
    const { id } = recordOf(await draft.author.form('/inbox/submit/', draft.fields));
    return { ...draft, id };
  });
}

/** A version follows the one before it, so one client publishes them in turn. */
export async function aclCases({ api }: CaseRig, aclFile: string): Promise<ApiCase[]> {
  let version = 0;
  const next = async () => {
    const acl = publishedAclText({ version: ++version, aclFile });
    return { acl, signature: await signText(acl, api.key) };
  };
  recordOf(await api.form('/acl/publish/', await next()));
  return [
    read('getAcl', 'the published ACL', '/acl'),
    {
      route: 'publishAcl',
      what: 'publish an ACL',
      clients: 1,
      prepare: async (count) => {
        const requests = [];
        while (requests.length < count) requests.push(form('/acl/publish/', await next()));
        return requests;
      },
    },
  ];
}
