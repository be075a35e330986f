import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { NewLoader } from '../../contract/loader.ts';
import { parseField } from '../../contract/parse-field.ts';
import { LOADER_STATUSES } from '../../contract/statuses.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import { loaderById } from '../../platform/postgres/queries/loaders.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readForm, readQuery, requireField } from '../http/read-request.ts';
import { recordHref, respond, respondWithSecret } from '../http/respond.ts';
import { changeLoader, createLoader, renewLoaderKey } from '../loaders/change-loader.ts';
import { checkCondition } from '../loaders/check-condition.ts';
import { toLoader } from '../records/to-loader.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Loaders, for investigators (spec/api.md#loader-endpoints). */
export function loaderRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  const loaderItem = (value: ReturnType<typeof toLoader>) =>
    item(recordHref(deps, 'loader', value.id), 'loader', value);

  app.get('/loader', requirePermission(deps, 'loader'), async (c) => {
    const id = parseId('Loader', 'loaderid', readQuery(c, ['loaderid']).loaderid);
    const row = await loaderById(deps.pool, id);
    if (!row) throw new MigError('not_found', `Loader ID '${id}' not found`);
    return respond(c, [loaderItem(toLoader(row))]);
  });

  app.post('/loader/new/', auditAs('loader_created'), requirePermission(deps, 'loader_new'), async (c) => {
    const loader = parseField('loader', NewLoader, requireField(readForm(c, MAX_BODY_BYTES), 'loader'));
    const { name, expectenv } = loader;
    if (expectenv !== '') await checkCondition(deps, 'expectenv', expectenv);
    const created = await createLoader(deps, auditCaller(deps, c), loader);
    const value = { ...created, name, agentname: '', lastseen: TIME_ZERO, enabled: false, expectenv };
    return respondWithSecret(c, [loaderItem(value)], 201);
  });

  const mayChange = auditAs('loader_changed');

  app.post('/loader/status/', mayChange, requirePermission(deps, 'loader_status'), async (c) => {
    const form = readForm(c, MAX_BODY_BYTES);
    const id = parseId('Loader', 'loaderid', form.get('loaderid'));
    const enabled = isEnabled(requireField(form, 'status'));
    c.set('audit', { kind: 'loader_changed', objectId: id });
    await changeLoader(deps, auditCaller(deps, c), { id, change: { enabled } });
    return respond(c, []);
  });

  app.post('/loader/expect/', mayChange, requirePermission(deps, 'loader_expect'), async (c) => {
    const form = readForm(c, MAX_BODY_BYTES);
    const id = parseId('Loader', 'loaderid', form.get('loaderid'));
    const expectenv = requireField(form, 'expectenv');
    c.set('audit', { kind: 'loader_changed', objectId: id });
    if (expectenv !== '') await checkCondition(deps, 'expectenv', expectenv);
    await changeLoader(deps, auditCaller(deps, c), { id, change: { expectenv } });
    return respond(c, []);
  });

  app.post('/loader/key/', mayChange, requirePermission(deps, 'loader_key'), async (c) => {
    const id = parseId('Loader', 'loaderid', readForm(c, MAX_BODY_BYTES).get('loaderid'));
    c.set('audit', { kind: 'loader_changed', objectId: id });
    const { loader, key } = await renewLoaderKey(deps, auditCaller(deps, c), id);
    return respondWithSecret(c, [loaderItem(toLoader(loader, key))]);
  });
  return app;
}

function isEnabled(text: string): boolean {
  if (LOADER_STATUSES.some((status) => status === text)) return text === 'enabled';
  throw new MigError('parameter_invalid', `status: must be one of ${LOADER_STATUSES.join(', ')}`);
}
