// Loaded before the program (NODE_OPTIONS): its clock is ELSEWHEN_MS ahead, and it starts no other process.
const ahead = Number(process.env.ELSEWHEN_MS ?? 0);
const { now } = Date;
Date.now = () => now() + ahead;
require("node:child_process").spawn = () => ({ on() {}, unref() {} });
