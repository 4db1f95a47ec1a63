/** Random numbers from a seed. */

/** xorshift128+ with BigInt would be slow; mulberry32 is good enough to choose faults. */
export class Rng {
  #state;

  constructor(seed) {
    this.#state = Number(BigInt.asUintN(32, BigInt(seed) * 0x9e3779b1n + 0x85ebca6bn));
  }

  /** From 0 to 1, without 1. */
  float() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit) {
    return Math.floor(this.float() * limit);
  }

  between(low, high) {
    return low + this.below(high - low + 1);
  }

  oneIn(count) {
    return this.below(count) === 0;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}
