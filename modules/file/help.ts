export const INTRO = `A file matches when it passes every check of the search (see -matchany). Folders are searched, and are no matches
themselves. Regular expressions use RE2 syntax.`;

export const NOTES = `A search of / enters /proc and /sys, too, where many files give errors or take long: name the folders that are meant,
each with a -path of its own.

The errors of an answer name every limit that cut it: -matchlimit, 200,000 matches of all searches, -maxerrors, a -maxdepth
of 1000 or more, about 2 MB of matches, and the time: a search ends shortly before its module timeout or the expiry of its
action. Files over 1 GB are read last. In a line over 1 MB every match of up to 64 kB is found; an error reports where a
longer one may be missing. A result repeats at most 100 values of a list, and 100 checks without a match.`;
