// Runs in the page before its own script: its microphone says what the scenario hands it, what the tiles and notices show
// is noted with its time, and what it plays is recorded while somebody asks for it. The page itself is untouched, and
// nothing here works while nothing is to be heard: several pages share a machine.
(() => {
  const utcMs = () => performance.timeOrigin + performance.now();
  const facts = [];
  const shown = new Map();
  const noticed = new Set();
  /** Words of an element as they are read: a blank between its parts. */
  const words = (element) => {
    if (element === null) return '';
    const texts = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.data);
    return texts.join(' ').replace(/\s+/g, ' ').trim();
  };
  const notices = '.data > li, [role="alert"], .emergency, .border-records li, .plan, .hit-call, .hits li';

  const look = () => {
    for (const tile of document.querySelectorAll('.tile')) {
      const { group, state, onDemand } = tile.dataset;
      const fact = {
        group,
        state: onDemand === 'true' ? 'onDemand' : state,
        talker: words(tile.querySelector('.talker-title')),
        lines: [...tile.querySelectorAll('.talker-line')].map(words).join(' · '),
        cut: words(tile.querySelector('.talker-cut')),
        strip: words(tile.querySelector('.bridging')),
        legs: [...tile.querySelectorAll('.leg')].map((leg) => `${leg.dataset.activity}: ${words(leg)}`),
      };
      const key = JSON.stringify(fact);
      if (shown.get(group) === key) continue;
      shown.set(group, key);
      facts.push({ kind: 'tile', atMs: utcMs(), ...fact });
    }
    for (const element of document.querySelectorAll(notices)) {
      const text = words(element);
      if (text === '' || noticed.has(text)) continue;
      noticed.add(text);
      facts.push({ kind: 'notice', atMs: utcMs(), text });
    }
  };
  let due = false;
  const changed = () => {
    if (due) return;
    due = true;
    setTimeout(() => {
      due = false;
      look();
    }, 15);
  };
  new MutationObserver(changed).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ['data-state', 'data-on-demand', 'data-activity'],
  });

  let microphone;
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    await context.suspend();
    microphone = { context, out: new MediaStreamAudioDestinationNode(context) };
    return microphone.out.stream;
  };

  /** The page's own link, and what came on it since somebody sent something past the page. */
  let link;
  let answers = [];
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    link = this;
    return send.call(this, data);
  };
  const base64Of = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

  // The text of page-recorder.js is put in this place.
  const recorderUrl = URL.createObjectURL(new Blob([RECORDER], { type: 'text/javascript' }));
  /** What goes to the loudspeaker, and the module that records it once it has been asked for. */
  let played;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      played ??= { node: new GainNode(this.context), context: this.context };
      if (played.context === this.context) connect.call(this, played.node);
    }
    return connect.call(this, target, ...rest);
  };
  let recording;

  window.scenario = {
    /** Facts since the last time. */
    take: () => facts.splice(0),
    /** Sends on the page's link what the page would not, octets in base64, as one that is in strange hands does. */
    send: (base64) => {
      answers = [];
      link.addEventListener('message', ({ data }) => answers.push(base64Of(data)));
      send.call(
        link,
        Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
      );
    },
    /** What has come since. */
    answers: () => answers,
    /** Units in the list of the map. */
    units: () =>
      [...document.querySelectorAll('.map-lists tr[data-unit]')].map((row) => ({
        callSign: words(row.querySelector('.map-show')),
        words: words(row),
      })),
    /** Begins to record what is played. */
    record: async () => {
      if (played === undefined) return;
      const { context, node } = played;
      played.module ??= context.audioWorklet.addModule(recorderUrl);
      await played.module;
      const recorder = new AudioWorkletNode(context, 'scenario-recorder', {
        numberOfOutputs: 0,
        channelCount: 1,
        channelCountMode: 'explicit',
      });
      const chunks = [];
      recorder.port.onmessage = ({ data }) => chunks.push(data);
      connect.call(node, recorder);
      recording = { recorder, chunks };
    },
    /** Ends it: 16-bit samples in base64. */
    recorded: () => {
      const rateHz = played?.context.sampleRate ?? 48000;
      if (recording === undefined) return { rateHz, base64: '' };
      const { recorder, chunks } = recording;
      recording = undefined;
      played.node.disconnect(recorder);
      recorder.port.postMessage('end');
      let text = '';
      for (const chunk of chunks) text += String.fromCharCode(...new Uint8Array(chunk.buffer));
      return { rateHz, base64: btoa(text) };
    },
    /** The microphone begins to give sound: silence. */
    listen: () => microphone.context.resume(),
    /** Says 16-bit samples in base64 into the microphone; resolves at its end with the UTC of its start. */
    say: (base64, rateHz) =>
      new Promise((done) => {
        const { context, out } = microphone;
        const pcm = new Int16Array(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer);
        const buffer = context.createBuffer(1, pcm.length, rateHz);
        buffer.copyToChannel(
          Float32Array.from(pcm, (sample) => sample / 32_768),
          0,
        );
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(out);
        const startMs = utcMs();
        source.onended = () => {
          done(startMs);
          void context.suspend();
        };
        source.start();
      }),
  };
})();
