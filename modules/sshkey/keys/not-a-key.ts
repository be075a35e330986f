/** The bytes are no key that this module reads. They come from the owners of files, so it is no defect. */
export class NotAKey extends Error {}
