import { z } from 'zod';
import { ActionView, AgentView, CommandView, InvestigatorView, PageView } from '../api-responses.ts';
import { LoaderView } from '../loader.ts';
import { ManifestView } from '../manifest.ts';
import { TARGET_ERRORS } from './error-sets.ts';
import { filterId, limit, offset, time, toggle } from './parameters.ts';
import { any, defineRoute, one } from './route.ts';

export const SEARCH_TYPES = ['action', 'command', 'agent', 'investigator', 'manifest', 'loader'] as const;

const MAX_PATTERN = 1024;
/** MIG's values for "any", which do not filter. */
export const ANY_ID = '∞';
export const ANY_NAME = '%';

const id = orAny(ANY_ID, filterId);
const pattern = orAny(ANY_NAME, z.string().max(MAX_PATTERN, 'is too long'));

export const search = defineRoute({
  method: 'GET',
  path: '/search',
  summary:
    'Records of one type that meet every filter. A filter that the type lacks is refused, not ignored.',
  access: 'search',
  parameters: z.object({
    type: z
      .enum(SEARCH_TYPES, `search type is invalid, must be one of ${SEARCH_TYPES.join(', ')}`)
      .default('action'),
    limit: limit(100),
    offset,
    actionid: id,
    commandid: id,
    agentid: id,
    investigatorid: id,
    manifestid: id,
    loaderid: id,
    actionname: pattern.describe('a pattern: % stands for any text, upper and lower case are the same'),
    agentname: pattern,
    agentversion: pattern,
    investigatorname: pattern,
    loadername: pattern,
    manifestname: pattern,
    status: pattern,
    threatfamily: pattern,
    after: time.optional(),
    before: time.optional(),
    foundanything: toggle.optional().describe('commands whose agents found something, or nothing'),
    haserrors: toggle.optional().describe('commands with errors, or without'),
    target: z.string().optional().describe('agents: an SQL condition, in place of all other filters'),
    report: z.string().optional().describe('has no effect, as in MIG'),
  }),
  answer: {
    kind: 'items',
    status: 200,
    items: {
      actions: any('action', ActionView),
      commands: any('command', CommandView),
      agents: any('agent', AgentView),
      investigators: any('investigator', InvestigatorView),
      manifests: any('manifest', ManifestView),
      loaders: any('loader', LoaderView),
      pagination: any('pagination', PageView),
      parameters: one('search parameters', z.record(z.string(), z.unknown())),
    },
  },
  errors: [...TARGET_ERRORS, 'not_found'],
});

/** A filter, or MIG's value for "any", which is none. */
function orAny<Schema extends z.ZodType<unknown, string>>(anyValue: string, schema: Schema) {
  return z
    .string()
    .transform((text) => (text === anyValue ? undefined : text))
    .pipe(schema.optional())
    .optional()
    .meta({ ...schema.meta() });
}
