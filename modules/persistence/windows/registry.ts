import { z } from 'zod';
import { MigError } from '../../../contract/errors.ts';

/** A value of a key; binary values as `03-00-…`. A key that is denied has no name. */
const RegistryValue = z.object({
  key: z.string(),
  /** The account of the hive; empty for that of the machine. */
  user: z.string(),
  name: z.string().nullable(),
  value: z.string().nullable(),
});
export type RegistryValue = z.infer<typeof RegistryValue>;

/**
 * Prints the values of all run keys, of the machine and of each user whose hive is loaded, and whether they are approved.
 * For PowerShell 5.1, as `WINDOWS_AGENTS` of list-processes.ts.
 */
export const RUN_KEYS = `ConvertTo-Json -Compress -InputObject @(
  $hives = @([pscustomobject]@{ Root = 'HKEY_LOCAL_MACHINE'; User = '' })
  foreach ($hive in Get-ChildItem -LiteralPath Registry::HKEY_USERS -ErrorAction SilentlyContinue) {
    if ($hive.PSChildName -notmatch '^S-1-5-[0-9-]+$') { continue }
    $sid = New-Object Security.Principal.SecurityIdentifier $hive.PSChildName
    try { $user = $sid.Translate([Security.Principal.NTAccount]).Value } catch { $user = $sid.Value }
    $hives += [pscustomobject]@{ Root = $hive.Name; User = $user }
  }
  foreach ($hive in $hives) {
    foreach ($folder in 'SOFTWARE', 'SOFTWARE\\WOW6432Node') {
      foreach ($part in 'Run', 'RunOnce', 'Policies\\Explorer\\Run', 'Explorer\\StartupApproved\\Run', 'Explorer\\StartupApproved\\Run32') {
        $path = $hive.Root + '\\' + $folder + '\\Microsoft\\Windows\\CurrentVersion\\' + $part
        try { $key = Get-Item -LiteralPath ('Registry::' + $path) -ErrorAction Stop }
        catch [System.Management.Automation.ItemNotFoundException] { continue }
        catch { [pscustomobject]@{ key = $path; user = $hive.User; name = $null; value = $null }; continue }
        foreach ($name in $key.GetValueNames()) {
          $value = $key.GetValue($name, '', 'DoNotExpandEnvironmentNames')
          if ($value -is [byte[]]) { $value = [BitConverter]::ToString($value) }
          [pscustomobject]@{ key = $path; user = $hive.User; name = $name; value = [string]$value }
        }
      }
    }
  }
)`;

/** Throws MigError for anything but what the script prints. */
export function parseRunKeys(json: string): RegistryValue[] {
  try {
    return json.trim() === '' ? [] : z.array(RegistryValue).parse(JSON.parse(json));
  } catch (cause) {
    throw new MigError('unavailable', 'PowerShell printed no run keys', { cause });
  }
}
