/** The most signers that a submitter may ask for. */
export const MAX_SIGNERS = 16;
/** The most characters of what a submitter tells the next signers. */
export const MAX_WHY = 1000;
