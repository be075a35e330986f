import { MigError } from '../../contract/errors.ts';
import { runScript } from '../../platform/program/command-line.ts';

const USAGE = `npm run prepack: refuses npm pack in a checkout, which has the whole platform and its dependencies

npm run release -- --npm packs mig alone, as dist/release/mig-<version>.tgz.
`;

await runScript({ usage: USAGE }, () => {
  throw new MigError(
    'config_invalid',
    'npm pack here would pack the whole platform: npm run release -- --npm packs mig, in dist/release',
  );
});
