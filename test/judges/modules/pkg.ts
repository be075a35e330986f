import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleResult } from '../../../contract/module-result.ts';
import type { Resources } from '../../../platform/async/resources.ts';
import { openRoom } from '../planted/room.ts';
import { makeRpmDatabase } from '../planted/rpm-database.ts';
import { linesOf } from '../programs.ts';
import type { Judge, ModuleQuestions, Question } from '../question.ts';

const EVERY_PACKAGE = { pkgmatch: { matches: ['.'] } };
const DPKG_FORMAT = ['db:Status-Abbrev', 'binary:Package', 'Version', 'Architecture'];
const RPM_FORMAT = '%{NAME} %{EVR} %{ARCH}\\n';
/** Our executable still finds a program here, but no rpm and no dpkg. */
const NO_PROGRAMS = { PATH: '/nonexistent' };

export const pkgQuestions: ModuleQuestions = {
  module: 'pkg',
  async open(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'mig-judges-'));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const ofRpm = await rpmQuestions(folder, resources);
    return [...dpkgQuestions(), ...ofRpm];
  },
};

function dpkgQuestions(): Question[] {
  const matching = (what: string, parameters: unknown): Question => ({ what, parameters });
  return [
    { what: 'every package', parameters: EVERY_PACKAGE, judges: [dpkgQuery] },
    {
      what: 'every package, read without dpkg',
      parameters: EVERY_PACKAGE,
      env: NO_PROGRAMS,
      judges: [dpkgQuery],
      mig: 'it reads no database',
    },
    matching('names', { pkgmatch: { matches: ['^lib.*[0-9]$', '^bash$'] } }),
    matching('a version', { ...EVERY_PACKAGE, vermatch: '^1:' }),
    matching('not a version', { ...EVERY_PACKAGE, vermatch: '!\\+deb12u' }),
    matching('a name that no package has', { pkgmatch: { matches: ['^no-such-package$'] } }),
    matching('no pattern', { pkgmatch: { matches: ['('] } }),
    matching('no name at all', {}),
  ];
}

const dpkgQuery: Judge = {
  program: 'dpkg-query',
  theirs: () =>
    linesOf(['dpkg-query', '-W', '-f', `${DPKG_FORMAT.map((name) => `$\{${name}}`).join('|')}\\n`])
      .filter((line) => line.startsWith('ii |'))
      .map((line) => line.slice('ii |'.length).replaceAll('|', ' ')),
  ours: (result) => packagesOf(result, 'dpkg'),
};

/** A database of each kind that this rpm writes, asked through rpm and read without it. */
async function rpmQuestions(folder: string, resources: Resources): Promise<Question[]> {
  const questions: Question[] = [];
  for (const kind of ['sqlite', 'ndb']) {
    const { database, whyNot } = { whyNot: undefined, ...makeRpmDatabase(join(folder, kind), kind) };
    if (database === undefined) {
      questions.push(unasked(`a made database (${kind})`, whyNot));
      continue;
    }
    const room = resources.use(await openRoom(BIND, database, prepareTarget(folder, kind)));
    writeFileSync(join(folder, '.rpmmacros'), '%_dbpath /var/lib/rpm\n');
    // Debian's rpm has its database in the home folder, unless told otherwise.
    const wrapper = [...room.wrapper, 'env', `HOME=${folder}`];
    const rpm: Judge = {
      program: 'rpm',
      theirs: () => linesOf([...wrapper, 'rpm', '-qa', '--queryformat', RPM_FORMAT]),
      ours: (result) => packagesOf(result, 'rpm'),
    };
    questions.push(
      {
        what: `a made database (${kind})`,
        parameters: EVERY_PACKAGE,
        wrapper,
        judges: [rpm],
      },
      {
        what: `a made database (${kind}), read without rpm`,
        parameters: EVERY_PACKAGE,
        wrapper: [...wrapper, `PATH=${NO_PROGRAMS.PATH}`],
        judges: [rpm],
        mig: 'it reads no database',
      },
    );
  }
  return questions;
}

/** The database of the machine, where it has one, is behind ours in this namespace only. */
const BIND = `
  mount -t overlay overlay -o "lowerdir=$2:/var/lib" /var/lib
  mount --bind "$1" /var/lib/rpm
  echo ready
  exec sleep 1000000
`;

/** A layer with the folder that the database is bound to. */
function prepareTarget(folder: string, kind: string): string {
  const layer = join(folder, `layer-${kind}`);
  mkdirSync(join(layer, 'rpm'), { recursive: true });
  writeFileSync(join(layer, 'rpm', '.keep'), '');
  return layer;
}

function unasked(what: string, whyNot: string): Question {
  return {
    what,
    parameters: EVERY_PACKAGE,
    judges: [{ program: 'rpm', whyNot, theirs: () => [], ours: () => [] }],
    mig: whyNot,
  };
}

function packagesOf({ elements }: ModuleResult, kind: string): string[] {
  const { packages } = elements as {
    packages: { name: string; version: string; type: string; arch: string }[];
  };
  return packages
    .filter(({ type }) => type === kind)
    .map(({ name, version, arch }) => `${name} ${version} ${arch}`);
}
