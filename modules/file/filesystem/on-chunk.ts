/**
 * Handles some bytes of a file, which are valid only during the call. Returns false to stop the reading. `isWholeFile` is
 * true when the chunk is the whole file, as for most files: handlers have a faster path for these.
 */
export type OnChunk = (chunk: Buffer, isWholeFile: boolean) => boolean;
