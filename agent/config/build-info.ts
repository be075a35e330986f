/** The facts that `npm run build:agent` compiles into an executable (dev/build/build-agent.ts writes them). */
export interface BuildInfo {
  /** `<time>+<commit>.<environment>`. */
  version: string;
  /** Whether keys and ACL in files count. They always do if no configuration is compiled in. */
  areFilesTrusted: boolean;
  /** Whether certificates named in the configuration file replace those compiled in. */
  areCertificatesTrusted?: boolean;
  /** Whether upgrades may be fetched over plain HTTP. The checksum is signed, but others can see the request. */
  allowsPlainHttp?: boolean;
  /** MIG's configuration file, with the ACL and the keys next to it and the certificates that it names. */
  config?: CompiledConfig | undefined;
  /** The loader's configuration file, with the keys of those who sign manifests. */
  loader?: CompiledLoader | undefined;
}

export interface CompiledLoader {
  ini: string;
  armoredKeys: string[];
}

export interface CompiledConfig {
  ini: string;
  acl: string | undefined;
  armoredKeys: string[];
  certs: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined };
}

declare global {
  var MIG_BUILD: BuildInfo | undefined;
}

/** The compiler replaces this name by `true`. Sources do not have it. */
declare const MIG_IS_COMPILED: true | undefined;

/** A compiled executable sets `MIG_BUILD` before anything else runs; sources run without it. */
export const BUILD: BuildInfo = globalThis.MIG_BUILD ?? buildOfSources();

/** Sources trust keys in files. An executable that lost its settings must not take itself for sources. */
function buildOfSources(): BuildInfo {
  if (typeof MIG_IS_COMPILED !== 'undefined') {
    throw new Error('this executable was built without its settings: build it again, by npm run build:agent');
  }
  return { version: '0.unversioned', areFilesTrusted: true };
}
