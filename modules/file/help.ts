export const INTRO = `A file matches when it passes every check of the search (see -matchany). Folders are searched, and are no matches
themselves. Regular expressions use RE2 syntax.`;

export const NOTES = `A search of / enters /proc and /sys, too, where many files give errors or take long: name the folders that are meant,
each with a -path of its own, or add -xdev or -exclude /proc. An excluded folder is not entered. -xdev keeps a search on
the file system of its -path.

-owner, -group, -perm, -ctime, -btime, -exclude, -excluderegex, -xdev, -count and -maxtime are not MIG's: agents that
do not announce them are not asked, and count as failed. A file whose birth time is not recorded passes neither -btime
nor its mismatch, and an error counts such files.

The errors of an answer name every limit that cut it: -matchlimit, 200,000 matches of all searches, -maxerrors, a
-maxdepth of 1000 or more, about 2 MB of matches, -maxtime, and the time of the run: a search ends shortly before its
module timeout or the expiry of its action. Files over 1 GB are read last. In a line over 1 MB every match of up to 64
kB is found; an error reports where a longer one may be missing. A result repeats at most 100 values of a list, and
100 checks without a match.`;
