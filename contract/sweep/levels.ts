/** How severe a failure is, lowest first, by the customary words. A check may have any other text. */
export const LEVELS: readonly string[] = ['info', 'low', 'medium', 'high', 'critical'];
