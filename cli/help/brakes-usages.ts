/** The options that give brakes, in a usage. */
export const BRAKES =
  '[-canary <agents>] [-canary-wait <duration>] [-rate <rate>] [-window <window>] [-stop-at <limit>] [-stop-after <answers>]';

/** The usage line of `mig brakes`. */
export const BRAKES_USAGES = { brakes: `usage: mig brakes <action id> [-lift] ${BRAKES} [--json]` } as const;

/** Below the usage: what the command does, what its flags mean, an example. */
export const BRAKES_EXPLANATIONS: Record<keyof typeof BRAKES_USAGES, string> = {
  brakes: `Shows what holds the commands of an action back, or with options gives it other brakes, in place of all that it has, also
while it runs. The same options give an action its brakes when it is launched: by mig <module>, mig -i, mig action launch,
and with -inbox, where the second signer reads them. No agent sees them, and they are not signed with the action: they can
only make less or later of it happen.

  -canary       how many agents are asked first, as 5 or 5%. The others are asked when these have answered, and fewer
                failed than -stop-at allows, or without it none
  -canary-wait  how long to wait for the canary at most; then those count that have answered
  -rate         the most agents that are asked in a minute, as 100/min
  -window       when agents may be asked, as "Mon-Fri 22:00-05:00 Europe/Berlin"; without days every day. May be repeated
  -stop-at      stop by itself when so many answers failed or match, as failed=10% or matched=50%. May be repeated
  -stop-after   how many answers -stop-at needs before it counts (default 10)
  -lift         no brakes any more

An action that has stopped by itself is held: it sends nothing more, and its progress says why. mig resume goes on, and then
only later answers count; mig cancel ends it. mig stops following it, with exit code 4. Failed are answers that say so,
refusals, timeouts, and answers of which a module failed.

  mig brakes 28098271642093
  mig brakes 28098271642093 -rate 20/min -window "Sat,Sun 00:00-24:00 UTC"
  mig file -canary 5 -rate 100/min -stop-at failed=10% -path /etc -name '^passwd$'`,
};
