export const HELP = `Flags of the file module. A file matches when it passes every check (see -matchany);
folders are searched, and are no matches themselves.

  -path <s>       search root, repeatable, required          -path /etc
  -name <regex>   file name, ! in front inverts              -name '^passwd$'
  -size <s>       exact, <N at most, >N at least; k m g t    -size '>10k'
  -mode <regex>   mode as ls shows it; where setuid or       -mode '^-.{6}rw'
                  setgid is set, it begins with u or g
  -mtime <s>      <P changed within, >P before; d h m        -mtime '<30d'
  -content <regex>  some line matches, ! in front inverts    -content '^root:'
  -md5, -sha1, -sha2, -sha3 <hex>   hash of the content; -sha2 takes SHA-256, SHA-384 and SHA-512
  -mismatch <f>   invert a filter: name size mode mtime content md5 sha1 sha2 sha3
  -matchall       all checks on the same file (default)
  -matchany       each check stands alone
  -macroal        every line must pass every content check
  -maxdepth <n>   levels below the path (default 1000, 0 = all)
  -matchlimit <n> stop a search after that many matches (default 1000, 0 = none: at 200,000 of all searches)
  -maxerrors <n>  errors returned (default 30, 0 = all)
  -returnsha256   add the SHA-256 of each match (with -matchall, the default)
  -decompress     look into gzip files, for all searches of the action

Regular expressions use RE2 syntax. A search of / enters /proc and /sys, too, where many files give errors or take long:
name the folders that are meant, each with a -path of its own.

The errors of an answer name every limit that cut it: -matchlimit, 200,000 matches of all searches, -maxerrors, a -maxdepth
of 1000 or more, about 2 MB of matches, and the time: a search ends shortly before its module timeout or the expiry of its
action. Files over 1 GB are read last. In a line over 1 MB every match of up to 64 kB is found; an error reports where a
longer one may be missing. A result repeats at most 100 values of a list, and 100 checks without a match.`;
