/** Times as somebody types them, `2026-11-29T02:14`, in the gateway's time zone whatever this computer is set to. Pure. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    });
  formats.set(timeZone, known);
  return known;
}

/** Year, month, day, hour and minute as a clock there shows them. */
export function zonedText(utcMs: number, timeZone: string): string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(utcMs)
      .map(({ type, value }) => [type, value]),
  );
  const [year, month, day, hour, minute] = (['year', 'month', 'day', 'hour', 'minute'] as const).map((name) =>
    parts.get(name),
  );
  return `${year?.padStart(4, '0')}-${month}-${day}T${hour}:${minute}`;
}

/**
 * ms since 1970; undefined: that is no time. Of an hour that comes twice the first is meant, of one that is left out the
 * same time after it.
 */
export function zonedUtcMs(text: string, timeZone: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return undefined;
  const asUtcMs = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtcMs)) return undefined;
  const dayMs = 24 * 3_600_000;
  const offsetAt = (utcMs: number) => Date.parse(`${zonedText(utcMs, timeZone)}Z`) - utcMs;
  // The offsets before and after any change near that time: one of them, mostly both, is the one that holds.
  const minuteMs = Math.floor(asUtcMs / 60_000) * 60_000;
  const candidates = [offsetAt(minuteMs - dayMs), offsetAt(minuteMs + dayMs)].map((offsetMs) => asUtcMs - offsetMs);
  const right = candidates.filter((utcMs) => zonedText(utcMs, timeZone) === text);
  return right.length > 0 ? Math.min(...right) : Math.max(...candidates);
}
