// The audio thread's side of page-tap.js: 20 ms at a time, with the frame that they begin at.
class Tap extends AudioWorkletProcessor {
  #samples = new Float32Array(Math.round(sampleRate / 50 / 128) * 128);
  #filled = 0;

  process([input]) {
    const channel = input[0];
    if (channel !== undefined) this.#samples.set(channel, this.#filled);
    else this.#samples.fill(0, this.#filled, this.#filled + 128);
    this.#filled += 128;
    if (this.#filled === this.#samples.length) {
      this.port.postMessage({ frame: currentFrame + 128 - this.#filled, samples: this.#samples.slice() });
      this.#filled = 0;
    }
    return true;
  }
}
registerProcessor('e2e-tap', Tap);
