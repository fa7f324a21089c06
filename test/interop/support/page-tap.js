// Runs in the page before its own script: whatever the page plays is copied on its way to the loudspeaker, and the
// microphone on its way to the page's level meter; both with the audio clock's time. The page itself is untouched.
(() => {
  // The text of page-tap-worklet.js is put in this place.
  const workletUrl = URL.createObjectURL(new Blob([WORKLET], { type: 'text/javascript' }));
  /** Of 20 ms: two minutes. */
  const keptChunks = 6000;
  const chunks = { played: [], microphone: [] };
  const contexts = new Map();

  function tapsOf(context) {
    let taps = contexts.get(context);
    if (taps === undefined) {
      const played = new GainNode(context);
      const microphone = new GainNode(context);
      taps = { played, microphone };
      contexts.set(context, taps);
      context.audioWorklet.addModule(workletUrl).then(() => {
        for (const name of ['played', 'microphone']) {
          const tap = new AudioWorkletNode(context, 'e2e-tap', {
            numberOfOutputs: 0,
            channelCount: 1,
            channelCountMode: 'explicit',
          });
          tap.port.onmessage = ({ data }) => {
            chunks[name].push(data);
            if (chunks[name].length > keptChunks) chunks[name].shift();
          };
          taps[name].connect(tap);
        }
      });
    }
    return taps;
  }

  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) connect.call(this, tapsOf(this.context).played);
    if (target instanceof AnalyserNode) connect.call(this, tapsOf(this.context).microphone);
    return connect.call(this, target, ...rest);
  };

  // UTC at which a frame leaves the loudspeaker, and at which it passes through the page.
  const playedMs = (context, frame) => {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    return performance.timeOrigin + performanceTime + 1000 * (frame / context.sampleRate - contextTime);
  };
  const passedMs = (context, frame) =>
    performance.timeOrigin + performance.now() + 1000 * (frame / context.sampleRate - context.currentTime);

  window.e2eTap = {
    /** The audio clock's frame at this moment. */
    now: () => {
      const [context] = contexts.keys();
      return context === undefined ? 0 : Math.round(context.currentTime * context.sampleRate);
    },
    /** What was recorded from a frame on, as 16-bit samples in base64, and what the clocks say. */
    read: (name, from) => {
      const [context] = contexts.keys();
      const some = chunks[name].filter(({ frame, samples }) => frame + samples.length > from);
      const first = some[0]?.frame ?? from;
      const length = some.length === 0 ? 0 : some.at(-1).frame + some.at(-1).samples.length - first;
      const pcm = new Int16Array(length);
      for (const { frame, samples } of some) {
        samples.forEach((sample, i) => {
          pcm[frame - first + i] = Math.max(-32768, Math.min(32767, Math.round(32768 * sample)));
        });
      }
      const bytes = new Uint8Array(pcm.buffer);
      let text = '';
      for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
      const timeOf = name === 'played' ? playedMs : passedMs;
      return {
        rateHz: context?.sampleRate ?? 48000,
        base64: btoa(text),
        firstMs: context === undefined ? 0 : timeOf(context, first),
      };
    },
    /** Time from the next key-down until the group's tile shows that the operator talks, ms. */
    keyToTalk: (group) =>
      new Promise((done) => {
        let keyMs = Number.NaN;
        const onKey = () => {
          keyMs = performance.now();
        };
        addEventListener('keydown', onKey, { capture: true, once: true });
        const tile = document.querySelector(`.tile[data-group="${group}"]`);
        const observer = new MutationObserver(() => {
          if (tile.getAttribute('data-state') !== 'transmitting') return;
          observer.disconnect();
          done(performance.now() - keyMs);
        });
        observer.observe(tile, { attributes: true });
      }),
    /** Peak of the microphone over the last ms; NaN when none of it has come yet. */
    microphonePeak: (ms) => {
      const [context] = contexts.keys();
      const from = window.e2eTap.now() - (ms * context.sampleRate) / 1000;
      let peak = 0;
      let newest = 0;
      for (const { frame, samples } of chunks.microphone.slice(-200)) {
        newest = frame + samples.length;
        if (newest > from) for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      }
      return newest > from ? peak : Number.NaN;
    },
  };
})();
