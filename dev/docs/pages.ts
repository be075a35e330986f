import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTION_ERRORS } from '../../contract/error-guide/action.ts';
import { AGENT_ERRORS } from '../../contract/error-guide/agent.ts';
import { API_ERRORS } from '../../contract/error-guide/api.ts';
import { COLLECTOR_ERRORS, PROGRAM_ERRORS } from '../../contract/error-guide/others.ts';
import { replaceBlock } from './blocks.ts';
import { renderEndpoints, renderFaults, renderPrograms } from './compatibility.ts';
import { renderConcepts } from './concepts.ts';
import { renderErrors } from './errors.ts';
import { renderFolders, renderRooms } from './folders.ts';
import { readImports } from './imports.ts';
import { renderJourneys } from './journeys.ts';
import { renderModulePages } from './modules.ts';
import { renderMutations, renderTestFolders } from './testing.ts';
import { renderUpgradeSteps } from './upgrade-steps.ts';
import { wrapMarkdown } from './wrap.ts';

/** A page of docs/ as it is, and with its generated blocks renewed. */
export interface Page {
  path: string;
  current: string;
  fresh: string;
}

/** Renders the generated blocks of all pages, and the pages that are generated whole. */
export function renderPages(root: string): Page[] {
  const imports = readImports(root);
  const blocks = {
    'docs/architecture.md': {
      folders: renderFolders(imports),
      'rooms of agent': renderRooms(imports, 'agent'),
      'rooms of platform': renderRooms(imports, 'platform'),
      journeys: renderJourneys(),
    },
    'docs/compatibility.md': {
      endpoints: renderEndpoints(root),
      programs: renderPrograms(),
      faults: renderFaults(),
    },
    'docs/concepts.md': { concepts: renderConcepts() },
    'docs/errors.md': {
      'errors of the API': renderErrors(API_ERRORS),
      'errors about an action': renderErrors(ACTION_ERRORS),
      'errors of agents': renderErrors(AGENT_ERRORS),
      'errors of the collector': renderErrors(COLLECTOR_ERRORS),
      'errors of programs': renderErrors(PROGRAM_ERRORS),
    },
    'docs/upgrades.md': { steps: renderUpgradeSteps() },
    'docs/testing.md': { 'test folders': renderTestFolders(), mutations: renderMutations() },
  };
  const whole = Object.entries(renderModulePages()).map(([path, content]) => {
    const file = join(root, path);
    const current = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return { path, current, fresh: wrapMarkdown(content) };
  });
  const withBlocks = Object.entries(blocks).map(([path, contents]) => {
    const current = readFileSync(join(root, path), 'utf8');
    const fresh = Object.entries(contents).reduce(
      (page, [name, content]) => replaceBlock(page, { name, content: wrapMarkdown(content) }),
      current,
    );
    return { path, current, fresh };
  });
  return [...withBlocks, ...whole];
}
