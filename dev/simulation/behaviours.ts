/** How an endpoint behaves when a command comes. */
export type Behaviour = 'instant' | 'slow' | 'offline' | 'flapping' | 'lying' | 'oversized';

/** The share of each behaviour, 0 to 1; the rest is instant. */
export type Mix = Partial<Record<Exclude<Behaviour, 'instant'>, number>>;

/** Behaviours for `count` agents, spread evenly over them and the same for the same mix. */
export function assignBehaviours(count: number, mix: Mix): Behaviour[] {
  const owed = Object.entries(mix).map(([behaviour, share]) => ({
    behaviour: behaviour as Behaviour,
    share,
    given: 0,
  }));
  return Array.from({ length: count }, (_, i) => {
    const next = owed.find(({ share, given }) => given < Math.floor((i + 1) * share));
    if (!next) return 'instant';
    next.given++;
    return next.behaviour;
  });
}
