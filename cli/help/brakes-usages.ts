/** The options that give brakes, in a usage. */
export const BRAKES =
  '[-canary <agents>] [-canary-wait <duration>] [-rate <rate>] [-window <window>] [-stop-at <limit>] [-stop-after <answers>]';

/** The usage line of `mig brakes`. */
export const BRAKES_USAGES = { brakes: `usage: mig brakes <action id> [-lift] ${BRAKES} [--json]` } as const;

/** Below the usage: what the command does, what its flags mean, an example. */
export const BRAKES_EXPLANATIONS: Record<keyof typeof BRAKES_USAGES, string> = {
  brakes: `Shows the brakes of an action, or with options replaces all of them, also while it runs. The same options set the brakes
of an action at its launch: with mig <module>, mig ask, mig -i, mig action launch, and with -inbox, where the second signer
reads them. No agent sees them, and they are not signed with the action: they can only delay its commands or keep them
back.

  -canary       how many agents are asked first, like 5 or 5%. The others are asked when these have answered and fewer
                of them failed than -stop-at allows, or without it none
  -canary-wait  the longest time to wait for the canary; then it is judged by the answers so far
  -rate         the most agents that are asked in a minute, like 100/min
  -window       when agents may be asked, like "Mon-Fri 22:00-05:00 Europe/Berlin"; without days every day. May be repeated
  -stop-at      the share of failed or matching answers that stops the action, like failed=10% or matched=50%. May be
                repeated
  -stop-after   how many answers -stop-at needs before it counts (default 10)
  -lift         removes all brakes

An action that has stopped by itself is held: it sends nothing more, and its progress says why. mig resume continues it, and
then only later answers count; mig cancel ends it. mig stops following it, with exit code 4. Failures are answers with the
status failed or timeout, refusals, and answers with a module that failed.

  mig brakes 28098271642093
  mig brakes 28098271642093 -rate 20/min -window "Sat,Sun 00:00-24:00 UTC"
  mig file -canary 5 -rate 100/min -stop-at failed=10% -path /etc -name '^passwd$'`,
};
