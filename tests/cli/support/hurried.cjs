// Loaded before the program (NODE_OPTIONS): it waits a hundredth of the time between two polls.
const timers = require("node:timers/promises");
const { syncBuiltinESMExports } = require("node:module");
const { setTimeout: wait } = timers;
timers.setTimeout = (delay, ...more) => wait(delay / 500, ...more);
syncBuiltinESMExports();
