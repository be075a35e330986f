import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Everything that may enter a workflow, which decides whether a stored bundle is still good. */
const SOURCES = ['workflows', 'contract'];

/** The path of the workflow bundle for these sources: from `dist/` when it is there, built once otherwise (seconds). */
export async function loadWorkflowBundle(): Promise<string> {
  const codePath = join(ROOT, 'dist', `workflows-${sourcesDigest()}.js`);
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(ROOT, 'workflows', 'index.ts'),
      workflowInterceptorModules: [join(ROOT, 'workflows', 'update-origin.ts')],
      logger: new DefaultLogger('ERROR'),
    });
    mkdirSync(join(ROOT, 'dist'), { recursive: true });
    // Two processes may build at once; whoever renames last wins, with the same bytes.
    writeFileSync(`${codePath}.${process.pid}`, code);
    renameSync(`${codePath}.${process.pid}`, codePath);
  }
  return codePath;
}

function sourcesDigest(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const folder of SOURCES) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.sort()) {
      if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
