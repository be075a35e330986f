/** One change of our own code that must make a named test fail; docs/testing.md lists them. */
export interface Mutation {
  name: string;
  file: string;
  find: string;
  replace: string;
  /** The file and a part of the test's name. */
  caughtBy: { file: string; test: string };
}

export const unit = (file: string, test: string) => ({
  file: `test/unit/${file}`,
  test,
});
export const services = (file: string, test: string) => ({
  file: `test/${file}`,
  test,
});
