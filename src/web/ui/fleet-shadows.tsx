import type { TFunction } from 'i18next';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { mayChangeFleet } from '../model/fleet.ts';
import type { FleetPartProps } from '../model/fleet-parts.ts';
import {
  type ShadowFinding,
  type ShadowModel,
  type ShadowSide,
  shadowNames,
  verdictOf,
} from '../model/fleet-shadow.ts';
import { formatClock, formatDate, formatElapsed, formatMinute, formatSeconds } from './format.ts';
import { useFleet, useSession, useView } from './session-context.tsx';

const readEveryMs = 5000;
const findingsShown = 12;

/** Talkgroups that are listened to beside a group, and what each would have done as a leg. */
export function FleetShadows({ show }: FleetPartProps) {
  const edit = () => show('edit');
  const { t } = useTranslation();
  const { fleet } = useSession();
  const { shadows } = useFleet();
  useEffect(() => {
    void fleet.readShadows();
    const timer = setInterval(() => void fleet.readShadows(), readEveryMs);
    return () => clearInterval(timer);
  }, [fleet]);
  return (
    <div className="fleet-shadows">
      <p>{t('fleet.shadow.about')}</p>
      {shadows?.length === 0 && <p>{t('fleet.shadow.none')}</p>}
      {shadows?.map((shadow) => (
        <Shadow key={`${shadow.group} ${shadow.talkgroup}`} shadow={shadow} edit={edit} />
      ))}
    </div>
  );
}

function Shadow({ shadow, edit }: { shadow: ShadowModel; edit: () => void }) {
  const { t, i18n } = useTranslation();
  const { fleet } = useSession();
  const { data, waiting } = useFleet();
  const { operator, model } = useView();
  const names = shadowNames(data, shadow);
  const network = model.networks[names.network]?.name ?? names.network;
  const utcMs = Date.parse(shadow.since);
  const { language } = i18n;
  const since = `${formatDate(utcMs, language, model.timezone)} ${formatMinute(utcMs, language, model.timezone)}`;
  const title = t('fleet.shadow.title', { ...names, network });
  const verdict = verdictOf(shadow);
  const promote = async () => {
    if (await fleet.promote(shadow.group, shadow.talkgroup)) edit();
  };
  return (
    <section className="fleet-shadow" aria-label={title} data-verdict={verdict}>
      <header>
        <h3>
          <bdi>{title}</bdi>
        </h3>
        <p>
          <strong data-shadow-state={shadow.state}>{t(`fleet.shadow.state.${shadow.state}`)}</strong>{' '}
          {t('fleet.shadow.since', { time: since })}
        </p>
      </header>
      <p className="fleet-verdict">{t(`fleet.shadow.verdict.${verdict}`)}</p>
      <Figures shadow={shadow} names={names} />
      {shadow.last.length > 0 && <Findings findings={shadow.last} names={names} />}
      {mayChangeFleet(operator?.role) && (
        <button type="button" disabled={waiting} onClick={() => void promote()}>
          {t('fleet.shadow.promote')}
        </button>
      )}
    </section>
  );
}

type Names = ReturnType<typeof shadowNames>;

const rows = ['overs', 'voiceMs', 'queued', 'refused', 'cut', 'emergencies'] as const;
const wholes = ['collisions', 'loops', 'lowered', 'unreadable', 'data'] as const;

function Figures({ shadow, names }: { shadow: ShadowModel; names: Names }) {
  const { t } = useTranslation();
  const shown = (side: ShadowSide, row: (typeof rows)[number]) =>
    row === 'voiceMs' ? formatElapsed(side.voiceMs) : side[row];
  return (
    <div className="fleet-figures">
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{t('fleet.shadow.in', names)}</th>
            <th scope="col">{t('fleet.shadow.out', names)}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row">{t(`fleet.shadow.row.${row}`)}</th>
              <td>{shown(shadow.in, row)}</td>
              <td>{shown(shadow.out, row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl>
        <div>
          <dt>{t('fleet.shadow.whole.unheardMs')}</dt>
          <dd>{formatElapsed(shadow.unheardMs)}</dd>
        </div>
        {wholes.map((whole) => (
          <div key={whole} data-is-bad={(whole === 'collisions' || whole === 'loops') && shadow[whole] > 0}>
            <dt>{t(`fleet.shadow.whole.${whole}`)}</dt>
            <dd>
              {shadow[whole]}
              {whole === 'collisions' && shadow.collisionMs > 0 ? ` (${formatElapsed(shadow.collisionMs)})` : ''}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Findings({ findings, names }: { findings: readonly ShadowFinding[]; names: Names }) {
  const { t, i18n } = useTranslation();
  const { model } = useView();
  const { language } = i18n;
  const today = formatDate(Date.now(), language, model.timezone);
  const at = (utcMs: number) => {
    const day = formatDate(utcMs, language, model.timezone);
    return `${day === today ? '' : `${day} `}${formatClock(utcMs, language, model.timezone)}`;
  };
  return (
    <table className="fleet-findings">
      <caption>{t('fleet.shadow.last')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('fleet.shadow.at')}</th>
          <th scope="col">{t('fleet.shadow.way')}</th>
          <th scope="col">{t('fleet.shadow.talker')}</th>
          <th scope="col">{t('fleet.shadow.voice')}</th>
          <th scope="col">{t('fleet.shadow.what')}</th>
        </tr>
      </thead>
      <tbody>
        {findings.slice(0, findingsShown).map((finding, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two may be of one instant
          <tr key={`${finding.at} ${index}`} data-what={finding.what}>
            <td>{at(Date.parse(finding.at))}</td>
            <td>{finding.way === 'out' ? `→ ${names.talkgroup}` : `→ ${names.group}`}</td>
            <td>
              <bdi>{finding.talker ?? '–'}</bdi>
            </td>
            <td>
              {finding.voiceMs === undefined
                ? ''
                : t('fleet.shadow.seconds', { s: formatSeconds(finding.voiceMs, i18n.language) })}
            </td>
            <td>{wordsOf(finding, t, i18n.language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const ends = ['released', 'talk-limit', 'pre-empted', 'silence', 'left', 'loop'] as const;
const whys = ['queued', 'pre-empted', 'receive-only', 'queue-full', 'busy', 'retry-later', 'loop'] as const;

function wordsOf(finding: ShadowFinding, t: TFunction, language: string): string {
  const { what, end, why, by, waitedMs, collisionMs, claimed, priority, emergency } = finding;
  const known = ends.find((each) => each === end);
  const cause = whys.find((each) => each === why);
  const s = (ms: number) => formatSeconds(ms, language);
  const words = [
    emergency === true && t('fleet.shadow.emergency'),
    what === 'over' && (known === undefined ? end : t(`fleet.shadow.end.${known}`)),
    what === 'held' && (cause === undefined ? why : t(`fleet.shadow.why.${cause}`)),
    (what === 'loop' || what === 'unreadable') && t(`fleet.shadow.${what}`),
    by !== undefined && t('fleet.shadow.by', { name: by }),
    waitedMs !== undefined && t('fleet.shadow.waited', { s: s(waitedMs) }),
    collisionMs !== undefined && t('fleet.shadow.collided', { s: s(collisionMs) }),
    claimed !== undefined && t('fleet.shadow.claimed', { claimed, priority }),
  ];
  return words.filter((word) => typeof word === 'string' && word !== '').join(', ');
}
