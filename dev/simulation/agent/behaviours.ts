/** How an agent behaves when it receives a command. */
export type Behaviour = 'instant' | 'slow' | 'offline' | 'flapping' | 'lying' | 'oversized';

/** The share of each behaviour, 0 to 1. The remaining agents are instant. */
export type Mix = Partial<Record<Exclude<Behaviour, 'instant'>, number>>;

/** Returns behaviours for `count` agents, spread evenly. The same mix gives the same behaviours. */
export function assignBehaviours(count: number, mix: Mix): Behaviour[] {
  const shares = Object.entries(mix).map(([behaviour, share]) => ({
    behaviour: behaviour as Behaviour,
    share,
    assigned: 0,
  }));
  return Array.from({ length: count }, (_, i) => {
    const next = shares.find(({ share, assigned }) => assigned < Math.floor((i + 1) * share));
    if (!next) return 'instant';
    next.assigned++;
    return next.behaviour;
  });
}
