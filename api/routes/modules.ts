import * as routes from '../../contract/api/service.ts';
import type { ModuleView, Sent } from '../../contract/api-responses.ts';
import { allModules } from '../../modules/all-modules.ts';
import { toJsonSchema } from '../../modules/json-schema.ts';
import type { Module } from '../../modules/module.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { respond } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';

/** The modules that investigators may ask. A console makes its forms of them. */
export function moduleRoutes(deps: ApiDeps): Served[] {
  const views = allModules().map(viewOf);
  return [
    serve(deps, routes.listModules, (_given, c) =>
      respond(
        c,
        views.map((view) => item(c.get('href'), 'module', view)),
      ),
    ),
  ];
}

function viewOf({ name, summary, about, options, parameters, persistent }: Module): Sent<typeof ModuleView> {
  const { platforms, privacy, example } = about;
  return {
    name,
    summary,
    platforms,
    privacy,
    question: example.question,
    persistent: persistent !== undefined,
    options: options.map((one) => ({ ...one })),
    parameters: toJsonSchema(parameters),
  };
}
