// Runs in the page before its own script: its microphone says what the scenario hands it, and what the tiles and notices
// show is noted with its time. The page itself is untouched.
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
  const notices = '.data > li, [role="alert"], .emergency, .border-records li';

  const look = () => {
    for (const tile of document.querySelectorAll('.tile')) {
      const { group, state, onDemand } = tile.dataset;
      const fact = {
        group,
        state: onDemand === 'true' ? 'onDemand' : state,
        talker: words(tile.querySelector('.talker-title')),
        lines: [...tile.querySelectorAll('.talker-line')].map(words).join(' · '),
        strip: words(tile.querySelector('.bridging')),
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
    attributeFilter: ['data-state', 'data-on-demand'],
  });

  let microphone;
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    await context.resume();
    microphone = { context, out: new MediaStreamAudioDestinationNode(context) };
    return microphone.out.stream;
  };

  window.scenario = {
    /** Facts since the last time. */
    take: () => facts.splice(0),
    now: utcMs,
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
        source.onended = () => done(startMs);
        source.start();
      }),
  };
})();
