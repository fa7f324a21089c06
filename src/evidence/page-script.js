// The page of a package of evidence. It stands in the page itself: see package-page.ts.
(() => {
  const dataOf = (id) => JSON.parse(document.getElementById(id).textContent);
  const texts = dataOf('texts');
  const { about, timeline, gaps, records, recordings } = dataOf('data');
  const page = document.getElementById('page');
  const languages = Object.keys(texts);
  let language = languages.find((each) => navigator.language.startsWith(each)) ?? 'en';
  let kind = '';
  let group = '';
  let playing = '';
  let goOn = true;

  const audio = document.createElement('audio');
  audio.controls = true;
  audio.preload = 'none';

  // Texts of the incident are only ever text: nothing of it is read as markup.
  const element = (name, about = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(about)) {
      if (typeof value === 'function') made.addEventListener(key, value);
      else if (value !== undefined) made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== undefined && child !== ''));
    return made;
  };

  const say = (key) => texts[language][key] ?? texts.en[key] ?? key;

  const timeOf = (utcMs, isLong) => {
    const clock = {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 1,
      hourCycle: 'h23',
    };
    const day = isLong ? { year: 'numeric', month: '2-digit', day: '2-digit' } : {};
    return new Intl.DateTimeFormat(language, { timeZone: about.timezone, ...clock, ...day }).format(utcMs);
  };

  const secondsOf = (ms) => `${(ms / 1000).toFixed(1)} s`;
  const personOf = ({ display, role, controlRoom }) => `${display} (${role}, ${controlRoom})`;

  const play = (file) => {
    playing = file;
    audio.src = `recordings/${file.split('/').map(encodeURIComponent).join('/')}`;
    show();
    audio.play().catch(() => {});
  };

  const there = new Set(recordings.map(({ file }) => file));
  const shown = () =>
    timeline.filter((line) => (kind === '' || line.kind === kind) && (group === '' || line.group === group));

  audio.addEventListener('ended', () => {
    if (!goOn) return;
    const files = shown()
      .flatMap((line) => line.files ?? [])
      .filter((file) => there.has(file));
    const next = files[files.indexOf(playing) + 1];
    if (next !== undefined) play(next);
  });

  const buttonOf = (file) => {
    if (!there.has(file)) return element('span', {}, say('gone'));
    const isPlaying = file === playing;
    const name = `${isPlaying ? '❚❚' : '▶'} ${say('play')}`;
    const onClick = () => {
      if (!isPlaying) play(file);
      else if (audio.paused) audio.play().catch(() => {});
      else audio.pause();
    };
    return element(
      'button',
      { type: 'button', 'aria-pressed': String(isPlaying), 'data-file': file, click: onClick },
      name,
    );
  };

  const row = (...cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, ...[cell ?? ''].flat())));
  const table = (heads, rows) => {
    const head = element('tr', {}, ...heads.map((key) => element('th', { scope: 'col' }, say(key))));
    return element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows));
  };

  const lineRow = (line) => {
    const { utcMs, files = [], durationMs, lostMs, refusal } = line;
    const what = [
      line.what,
      durationMs === undefined ? '' : secondsOf(durationMs),
      lostMs === undefined ? '' : `${say('lost')}: ${secondsOf(lostMs)}`,
      line.emergency ? `⚠ ${say('emergency')}` : '',
      line.exercise ? say('exercise') : '',
      refusal === undefined ? '' : `${say('refused')}: ${refusal}`,
      line.about ?? '',
      line.words === undefined ? '' : `“${line.words}”`,
    ];
    const words = what.filter((text) => text !== '').join(' · ');
    const made = row(
      timeOf(utcMs),
      say(`kind.${line.kind}`),
      line.group,
      line.who,
      words,
      files.map(buttonOf),
      String(line.seq),
    );
    if (files.includes(playing)) made.setAttribute('aria-current', 'true');
    return made;
  };

  const gapRow = (gap) => {
    const words = [gap.words, gap.durationMs === undefined ? undefined : secondsOf(gap.durationMs), gap.file];
    const seq = gap.seq === undefined ? '' : String(gap.seq);
    const text = words.filter((each) => each !== undefined).join(' · ');
    const button = gap.file !== undefined && there.has(gap.file) ? buttonOf(gap.file) : '';
    return row(timeOf(gap.utcMs), say(`gap.${gap.kind}`), gap.group, text, button, seq);
  };

  const choice = (label, values, now, named, onChange) => {
    const options = values.map((value) => {
      return element('option', { value, ...(value === now && { selected: '' }) }, named(value));
    });
    const change = ({ target }) => {
      onChange(target.value);
      show();
    };
    return element('label', {}, `${say(label)} `, element('select', { change, 'data-choice': label }, ...options));
  };

  /** The worst that the log says of the clock in that time. */
  function clockText() {
    const words = {
      agreed: 'clock.agreed',
      unmeasured: 'clock.unmeasured',
      unknown: 'clock.unknown',
      off: 'clock.off',
    };
    const rank = ({ state }) => Object.keys(words).indexOf(state);
    const isWorse = (one, other) =>
      rank(one) > rank(other) || (rank(one) === rank(other) && Math.abs(one.offsetMs) > Math.abs(other.offsetMs));
    const [first, ...others] = (about.clock ?? []).filter((said) => rank(said) >= 0);
    if (first === undefined) return say('clock.unmeasured');
    const worst = others.reduce((least, each) => (isWorse(each, least) ? each : least), first);
    const word = say(words[worst.state]);
    if (worst.source === undefined) return word;
    const offset = `${worst.offsetMs > 0 ? '+' : ''}${worst.offsetMs} ms`;
    return `${word} (${offset} ± ${worst.boundMs} ms, ${worst.source})`;
  }

  function show() {
    const focus = document.activeElement?.dataset ?? {};
    document.documentElement.lang = language;
    document.title = `${say('title')} ${about.gateway}`;
    const counts = [
      ['recordings', recordings],
      ['records', records],
      ['gaps', gaps],
    ];
    const facts = [
      ['gateway', about.gateway],
      [
        'period',
        `${timeOf(Date.parse(about.fromUtc), true)} – ${timeOf(Date.parse(about.toUtc), true)} (${about.timezone})`,
      ],
      ['utc', `${about.fromUtc} – ${about.toUtc}`],
      ...(about.incident === undefined ? [] : [['incident', about.incident]]),
      ['groups', about.groups === 'all' ? say('all') : about.groups.join(', ')],
      ['reason', about.reason],
      ['by', `${personOf(about.by)} · ${personOf(about.second)}`],
      ['exported', about.exportedUtc],
      ['clock', clockText()],
      ['content', counts.map(([key, { length }]) => `${say(key)}: ${length}`).join(' · ')],
    ];
    const kinds = [...new Set(timeline.map((line) => line.kind))].sort();
    const groups = [...new Set(timeline.map((line) => line.group))].filter((each) => each !== '').sort();
    const onGoOn = ({ target }) => {
      goOn = target.checked;
    };
    const box = element('input', {
      type: 'checkbox',
      change: onGoOn,
      'data-choice': 'goOn',
      ...(goOn && { checked: '' }),
    });
    page.replaceChildren(
      element(
        'div',
        { class: 'bar' },
        element('h1', {}, say('title')),
        choice(
          'language',
          languages,
          language,
          (each) => texts[each].own,
          (value) => {
            language = value;
          },
        ),
      ),
      element('dl', {}, ...facts.flatMap(([key, text]) => [element('dt', {}, say(key)), element('dd', {}, text)])),
      element('h2', {}, say('gaps')),
      gaps.length === 0
        ? element('p', {}, say('noGaps'))
        : table(['time', 'what', 'group', 'details', 'listen', 'entry'], gaps.map(gapRow)),
      element('h2', {}, say('timeline')),
      element(
        'div',
        { class: 'bar' },
        choice(
          'group',
          ['', ...groups],
          group,
          (each) => each || say('all'),
          (value) => {
            group = value;
          },
        ),
        choice(
          'kind',
          ['', ...kinds],
          kind,
          (each) => (each === '' ? say('all') : say(`kind.${each}`)),
          (value) => {
            kind = value;
          },
        ),
      ),
      table(['time', 'kind', 'group', 'who', 'what', 'listen', 'entry'], shown().map(lineRow)),
      element('h2', {}, say('records')),
      ...(records.length === 0
        ? [element('p', {}, say('none'))]
        : records.map((each) => element('pre', {}, JSON.stringify(each, undefined, 2)))),
      element('h2', {}, say('verify')),
      element('p', {}, say('howToVerify')),
      element('pre', {}, 'node verify.mjs PACKAGE.zip --fingerprint …\nsha256sum -c SHA256SUMS'),
      element(
        'div',
        { class: 'player' },
        element('span', {}, playing),
        audio,
        element('label', {}, box, ` ${say('goOn')}`),
      ),
    );
    const key = focus.file === undefined ? 'choice' : 'file';
    if (focus[key] === undefined) return;
    [...page.querySelectorAll(`[data-${key}]`)].find((each) => each.dataset[key] === focus[key])?.focus();
  }

  show();
})();
