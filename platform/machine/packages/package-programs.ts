import type { InstalledPackage } from './installed-package.ts';
import type { Program } from './program-lines.ts';

export interface PackageProgram extends Program {
  /** Returns undefined for a line that is no installed package. */
  parseLine(line: string): InstalledPackage | undefined;
}

/** What MIG asks rpm (spec/modules/pkg.md#sources). */
export const RPM: PackageProgram = {
  name: 'rpm',
  args: ['-qa', '--queryformat', '%{NAME} %{EVR} %{ARCH}\\n'],
  parseLine(line) {
    const [name, version, arch] = wordsOf(line);
    if (name === undefined || version === undefined || arch === undefined) return undefined;
    return { name, version, type: 'rpm', arch };
  },
};

/**
 * What MIG asks dpkg (spec/modules/pkg.md#sources). Old versions of dpkg cut names to fit 80 columns when they have no
 * terminal. COLUMNS makes room for names of 244 characters; newer versions ignore it and cut nothing.
 */
export const DPKG: PackageProgram = {
  name: 'dpkg',
  args: ['-l'],
  env: { COLUMNS: '1000' },
  parseLine(line) {
    const [state, name, version, arch] = wordsOf(line);
    if (state !== 'ii' || name === undefined || version === undefined || arch === undefined) return undefined;
    return { name, version, type: 'dpkg', arch };
  },
};

function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}
