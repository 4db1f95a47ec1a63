// The runner's functions for what looks at the editor: a failed test or hook reports what every window showed then, and
// what it left undone is put right before the next one.
import * as runner from "node:test";

export function testsOf(world) {
  const reporting = (work) => async () => {
    try {
      await work();
    } catch (cause) {
      const explained = await world.explained(cause);
      await world.recover();
      throw explained;
    }
  };
  return {
    it: (name, work) => runner.it(name, reporting(work)),
    before: (work) => runner.before(reporting(work)),
    after: (work) => runner.after(reporting(work)),
  };
}
