/** The alert of a change, as a text of JSON. */
export function alertText(severity: 'critical' | 'high' | 'medium' | 'low', alert: string): string {
  return JSON.stringify({ severity, alert });
}
