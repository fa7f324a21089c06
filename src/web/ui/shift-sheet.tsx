import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleModel, LegModel } from '../model/console-model.ts';
import { openHits } from '../model/hit.ts';
import { byTime, type TimelineModel } from '../model/timeline.ts';
import { alarmText } from './alarm-text.ts';
import { ExerciseWord } from './exercise.tsx';
import { formatClock, formatDate, formatMinute, shortNetworkName } from './format.ts';
import { StateShape } from './state-shape.tsx';
import { TimelineRow } from './timeline-row.tsx';
import { nameIn, talkerText } from './words.ts';

/** Of the timeline, what a sheet shows. */
const entriesMax = 100;

interface ShiftSheetProps {
  readonly model: ConsoleModel;
  readonly timeline: TimelineModel;
  readonly atUtcMs: number;
  /** Who hands over. */
  readonly name: string;
  readonly room: string;
  readonly note: string;
}

/** What there is to hand over, to be read, printed and kept: what is open, what waits, what is at fault, what happened. */
export function ShiftSheet({ model, timeline, atUtcMs, name, room, note }: ShiftSheetProps) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const date = formatDate(atUtcMs, language, model.timezone);
  const time = formatClock(atUtcMs, language, model.timezone);
  return (
    <article className="sheet" aria-label={t('handOver.sheet.heading')}>
      <h3 className="sheet-title">
        {t('handOver.sheet.heading')}
        {model.gatewayName !== undefined && ` · ${nameIn(model.gatewayName, language)}`}
      </h3>
      <p>{t('handOver.sheet.made', { date, time })}</p>
      <p>{t('handOver.sheet.by', { name, room })}</p>
      <Part title={t('handOver.sheet.note')} none={t('handOver.sheet.noNote')}>
        {note !== '' && (
          <Row>
            <bdi className="sheet-note">{note}</bdi>
          </Row>
        )}
      </Part>
      <Groups model={model} />
      <Emergencies model={model} />
      <Plans model={model} />
      <Records model={model} />
      <Part title={t('handOver.sheet.hits')} none={t('handOver.sheet.noHits')}>
        {openHits(model.hits).map((hit) => (
          <Row key={hit.id}>
            <StateShape name="requested" />
            <strong>{nameIn(hit.vehicle, language)}</strong>
            <bdi>{nameIn(hit.read.camera, language)}</bdi>
            <bdi>{nameIn(hit.reason, language)}</bdi>
            <bdi>{hit.read.reference}</bdi>
          </Row>
        ))}
      </Part>
      <Part title={t('handOver.sheet.faults')} none={t('handOver.sheet.noFaults')}>
        {model.alarms
          .filter(({ endedMs }) => endedMs === undefined)
          .map((alarm) => (
            <Row key={`${alarm.code} ${alarm.subject}`}>
              <StateShape name="stale" />
              <span>{alarmText(model, alarm, t)}</span>
            </Row>
          ))}
      </Part>
      <h3>{t('handOver.sheet.timeline')}</h3>
      <ol className="timeline-rows">
        {byTime(timeline.entries)
          .slice(-entriesMax)
          .map((entry) => (
            <TimelineRow key={entry.id} entry={entry} model={model} />
          ))}
      </ol>
    </article>
  );
}

function Groups({ model }: { model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  const at = (utcMs: number) => formatMinute(utcMs, i18n.language, model.timezone);
  const networkOf = ({ networkId }: LegModel) => shortNetworkName(model.networks[networkId]?.name ?? networkId);
  return (
    <Part title={t('handOver.sheet.groups')} none={t('handOver.sheet.noGroups')}>
      {model.groups
        .filter(({ onDemand }) => !onDemand)
        .map(({ id, shortName, name, bridging, legs }) => (
          <Row key={id}>
            {bridging?.exercise === 'under-way' ? <ExerciseWord /> : <StateShape name="together" />}
            <strong>{shortName}</strong>
            <bdi>{nameIn(name, i18n.language)}</bdi>
            <span>
              {bridging?.endsUtcMs === undefined
                ? t('handOver.sheet.permanent')
                : t('bridging.until', { time: at(bridging.endsUtcMs) })}
            </span>
            {bridging !== undefined && bridging.reason !== '' && (
              <bdi>
                {t('handOver.sheet.reason', { reason: bridging.reason, name: bridging.by || t('schedule.by') })}
              </bdi>
            )}
            <span>{legs.map((leg) => `${networkOf(leg)} ${leg.talkgroup}`).join(', ')}</span>
          </Row>
        ))}
    </Part>
  );
}

function Emergencies({ model }: { model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  const at = (utcMs: number) => formatClock(utcMs, i18n.language, model.timezone);
  return (
    <Part title={t('handOver.sheet.emergencies')} none={t('handOver.sheet.noEmergencies')}>
      {model.emergencies.map((emergency) => (
        <Row key={emergency.id}>
          <StateShape name="emergency" />
          <strong>{talkerText(emergency.caller, t)}</strong>
          <bdi>{model.groups.find(({ id }) => id === emergency.groupId)?.shortName ?? emergency.groupId}</bdi>
          <span>{at(emergency.sinceUtcMs)}</span>
          <span>
            {emergency.acknowledgedBy === ''
              ? t('emergency.unacknowledged')
              : t('emergency.acknowledged', {
                  name: emergency.acknowledgedBy,
                  room: emergency.acknowledgedRoom,
                  time: at(emergency.acknowledgedUtcMs),
                })}
          </span>
        </Row>
      ))}
    </Part>
  );
}

function Plans({ model }: { model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  return (
    <Part title={t('handOver.sheet.plans')} none={t('handOver.sheet.noPlans')}>
      {model.activePlans.map((active) => {
        const plan = model.alertPlans.find(({ id }) => id === active.id);
        const level = plan?.levels.find((each) => each.level === active.level);
        const held = active.posts.filter(({ manned }) => manned);
        return (
          <Row key={active.id}>
            {active.exercise ? <ExerciseWord /> : <StateShape name="onDemand" />}
            <strong>{plan === undefined ? active.id : nameIn(plan.name, i18n.language)}</strong>
            {level !== undefined && (
              <span>{t('plan.atLevel', { level: active.level, name: nameIn(level.name, i18n.language) })}</span>
            )}
            <span>
              {t('plan.until', {
                time: formatMinute(active.endsUtcMs, i18n.language, model.timezone),
                name: active.by,
              })}
            </span>
            {active.posts.length > 0 && <span>{t('plan.posts', { held: held.length, all: active.posts.length })}</span>}
            <bdi>{held.map(({ place, unit }) => `${place} ${unit}`.trim()).join(', ')}</bdi>
          </Row>
        );
      })}
    </Part>
  );
}

function Records({ model }: { model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  const roomOf = (room: string) => model.controlRooms.find(({ id }) => id === room)?.callSign ?? room;
  const at = (utcMs: number) => formatMinute(utcMs, i18n.language, model.timezone);
  return (
    <Part title={t('handOver.sheet.records')} none={t('handOver.sheet.noRecords')}>
      {model.borderRecords
        .filter(({ state }) => state !== 'closed')
        .map((record) => (
          <Row key={record.id}>
            <StateShape name={record.stoppedUtcMs > 0 ? 'revoked' : 'position'} />
            <strong>{record.id}</strong>
            {record.exercise && <ExerciseWord />}
            <span>{t(record.stoppedUtcMs > 0 ? 'border.state.stopped' : `border.state.${record.state}`)}</span>
            <bdi>{record.unit}</bdi>
            <bdi>{[record.place, record.category].filter((part) => part !== '').join(', ')}</bdi>
            <span>
              {t('border.given', {
                origin: roomOf(record.origin),
                host: roomOf(record.host),
                time: at(record.noticeUtcMs),
              })}
            </span>
          </Row>
        ))}
    </Part>
  );
}

function Part({ title, none, children }: { title: string; none: string; children: ReactNode }) {
  const isEmpty = children === false || (Array.isArray(children) && children.length === 0);
  return (
    <section className="sheet-part" data-empty={isEmpty}>
      <h3>{title}</h3>
      {isEmpty ? <p className="panel-none">{none}</p> : <ul>{children}</ul>}
    </section>
  );
}

function Row({ children }: { children: ReactNode }) {
  return <li className="sheet-row">{children}</li>;
}
