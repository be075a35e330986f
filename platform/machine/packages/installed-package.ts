/** A package as the system's package manager lists it. */
export interface InstalledPackage {
  name: string;
  /** As printed, with its epoch: `1:2.0-1`. */
  version: string;
  type: 'rpm' | 'dpkg';
  arch: string;
}
