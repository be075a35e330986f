import { BUN_VERSION } from '../bun.ts';
import type { Target } from '../targets.ts';
import { type BundledPackage, sha512Of } from './bundled-packages.ts';

const NOTICE = `Bun is licensed under the MIT licence: https://bun.com/docs/project/license. It contains JavaScriptCore, a part of WebKit,
under the GNU LGPL 2, and other libraries, which that page lists with their licences. The page also says how to link
Bun with another JavaScriptCore.`;

/** The runtime that every executable contains. */
export function bunPackage({ bun, integrity }: Target): BundledPackage {
  return {
    name: `@oven/${bun}`,
    version: BUN_VERSION,
    licence: 'MIT',
    author: 'Oven',
    licenceTexts: [NOTICE],
    sha512: sha512Of(integrity),
    dependencies: [],
  };
}
