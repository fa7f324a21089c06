// The audio thread's side of page-script.js: what the page plays, 100 ms at a time as 16-bit samples, until it is told to end.
class Recorder extends AudioWorkletProcessor {
  #samples = new Int16Array(128 * Math.round(sampleRate / 10 / 128));
  #filled = 0;
  #ended = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#ended = true;
    };
  }

  process([[channel]]) {
    for (let at = 0; at < 128; at++) {
      const sample = channel === undefined ? 0 : channel[at];
      this.#samples[this.#filled + at] = Math.max(-32768, Math.min(32767, Math.round(32768 * sample)));
    }
    this.#filled += 128;
    if (this.#filled === this.#samples.length) {
      this.port.postMessage(this.#samples.slice());
      this.#filled = 0;
    }
    return !this.#ended;
  }
}
registerProcessor('scenario-recorder', Recorder);
