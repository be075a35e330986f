/** Things to close, in the reverse order of opening. (AsyncDisposableStack, which Node 20 does not have.) */
export interface Resources extends AsyncDisposable {
  defer(close: () => unknown): void;
  use<T extends AsyncDisposable>(resource: T): T;
}

export function createResources(): Resources {
  const closers: (() => unknown)[] = [];
  return {
    defer(close) {
      closers.push(close);
    },
    use(resource) {
      closers.push(() => resource[Symbol.asyncDispose]());
      return resource;
    },
    async [Symbol.asyncDispose]() {
      const latestFirst = closers.splice(0).reverse();
      for (const close of latestFirst) await close();
    },
  };
}
