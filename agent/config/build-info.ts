/** What `npm run build:agent` compiles into an executable (dev/build/build-agent.ts writes it). */
export interface BuildInfo {
  /** `<time>+<commit>.<environment>`. */
  version: string;
  /** Whether keys and ACL in files count; without a compiled-in configuration they must. */
  areFilesTrusted: boolean;
  /** Whether certificates that the file names replace those compiled in. */
  areCertificatesTrusted?: boolean;
  /** Whether upgrades may be fetched over plain HTTP: the checksum is signed, but who asks for what is seen. */
  allowsPlainHttp?: boolean;
  /** The configuration given to the build: MIG's file, the ACL and keys beside it, the certificates it names. */
  config?: CompiledConfig;
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

/** Set before anything else runs when the executable was compiled; absent when the sources run. */
export const BUILD: BuildInfo = globalThis.MIG_BUILD ?? { version: '0.unversioned', areFilesTrusted: true };
