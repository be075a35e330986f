/**
 * Things to close, the latest first. Disposal closes them all even when some fail, and then throws the first error.
 * (AsyncDisposableStack, which Node 20 does not have.)
 */
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
      const errors: unknown[] = [];
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
