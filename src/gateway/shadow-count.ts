/** What is counted of one shadow: findings in, a report out, of a bounded size. Pure. */
import { type ShadowFindingShown, type ShadowReport, shadowFindingsMax } from '../api/shadow-schema.ts';
import type { ShadowNews } from '../talkgroups/terms.ts';

/** Nothing yet. */
export function newReport(group: string, talkgroup: string, utcMs: number): ShadowReport {
  const none = () => ({ overs: 0, voiceMs: 0, queued: 0, refused: 0, cut: 0, emergencies: 0 });
  const nothing = { unheardMs: 0, collisions: 0, collisionMs: 0, lowered: 0, loops: 0, unreadable: 0, data: 0 };
  const since = new Date(utcMs).toISOString();
  return { group, talkgroup, state: 'waits', since, in: none(), out: none(), ...nothing, last: [] };
}

/** `nameOf`: how a party is called; empty when nobody knows. */
export function counted(report: ShadowReport, news: ShadowNews, nameOf: (party: string) => string): ShadowReport {
  switch (news.name) {
    case 'talk':
      return { ...report, unheardMs: report.unheardMs + Math.round(news.unheardMs) };
    case 'over': {
      const side = report[news.way];
      const collides = news.collisionMs > 0;
      const added = {
        ...side,
        overs: side.overs + 1,
        voiceMs: side.voiceMs + Math.round(news.voiceMs),
        emergencies: side.emergencies + Number(news.emergency),
      };
      const sums = {
        collisions: report.collisions + Number(collides),
        collisionMs: report.collisionMs + Math.round(news.collisionMs),
        lowered: report.lowered + Number(news.claimed !== undefined),
      };
      return { ...report, ...sums, [news.way]: added, last: withFirst(report, shown(news, nameOf)) };
    }
    case 'held': {
      const side = report[news.way];
      const what = news.why === 'queued' ? 'queued' : news.why === 'pre-empted' ? 'cut' : 'refused';
      const added = { ...side, [what]: side[what] + 1 };
      return { ...report, [news.way]: added, last: withFirst(report, shown(news, nameOf)) };
    }
    case 'loop':
      return { ...report, loops: report.loops + 1, last: withFirst(report, shown(news, nameOf)) };
    case 'unreadable':
      return { ...report, unreadable: report.unreadable + 1, last: withFirst(report, shown(news, nameOf)) };
  }
}

/** As it is read; undefined: it is counted and no more. */
function shown(news: Exclude<ShadowNews, { name: 'talk' }>, nameOf: (party: string) => string): ShadowFindingShown {
  const at = new Date(news.sinceUtcMs).toISOString();
  switch (news.name) {
    case 'over': {
      const { way, party, end, priority, claimed, emergency } = news;
      const talker = nameOf(party);
      return {
        what: 'over',
        at,
        way,
        ...(talker !== '' && { talker }),
        voiceMs: Math.round(news.voiceMs),
        ...(news.waitedMs > 0 && { waitedMs: Math.round(news.waitedMs) }),
        ...(news.collisionMs > 0 && { collisionMs: Math.round(news.collisionMs) }),
        end,
        priority,
        ...(claimed !== undefined && { claimed }),
        ...(emergency && { emergency }),
      };
    }
    case 'held': {
      const { way, party, why, by } = news;
      const [talker, other] = [nameOf(party), by === undefined ? '' : nameOf(by)];
      return { what: 'held', at, way, ...(talker !== '' && { talker }), why, ...(other !== '' && { by: other }) };
    }
    case 'loop':
      return { what: 'loop', at, way: 'in', delayMs: Math.round(news.delayMs), likeness: news.likeness };
    case 'unreadable':
      return { what: 'unreadable', at, way: 'in' };
  }
}

function withFirst({ last }: ShadowReport, first: ShadowFindingShown): ShadowFindingShown[] {
  return [first, ...last.slice(0, shadowFindingsMax - 1)];
}
