/** One confirmation at a time: a compromised page could repeat a question until the user agrees by mistake. */
export class ConfirmationGate {
  #isOpen = false;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  enter(): void {
    this.#isOpen = true;
  }

  leave(): void {
    this.#isOpen = false;
  }

  /** False while another question is open. */
  async ask(question: () => Promise<boolean>): Promise<boolean> {
    if (this.#isOpen) return false;
    this.enter();
    try {
      return await question();
    } finally {
      this.leave();
    }
  }
}
