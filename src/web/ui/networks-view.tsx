/** How every network fares: for an integrator who wires a box, and a dispatcher who wants to know why a side is silent. */
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { NetworkModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import { keepsTokens } from '../model/service-token.ts';
import type { AttachmentModel, LegStatusModel, StatusState } from '../model/status-model.ts';
import { Flag } from './flag.tsx';
import { formatDate, formatShare } from './format.ts';
import { useProofsLive } from './proof-parts.tsx';
import { ServiceTokensSection } from './service-tokens.tsx';
import { useView } from './session-context.tsx';
import { type ShapeName, StateShape } from './state-shape.tsx';
import { TestCall } from './test-call.tsx';
import { useNow } from './use-now.ts';
import { ViewHeader } from './view-header.tsx';
import { agoText, answerText, faultKey, remedyKey } from './words.ts';

/** Colour and shape of a state; the word stands beside. */
const looks: Readonly<Record<StatusState, { readonly tone: string; readonly shape: ShapeName }>> = {
  up: { tone: 'good', shape: 'up' },
  standby: { tone: 'quiet', shape: 'standby' },
  'coming-up': { tone: 'pending', shape: 'connecting' },
  down: { tone: 'fault', shape: 'down' },
  shed: { tone: 'fault', shape: 'denied' },
  off: { tone: 'quiet', shape: 'closed' },
  closed: { tone: 'quiet', shape: 'closed' },
  unknown: { tone: 'pending', shape: 'unknown' },
};

/** Kinds whose name is more than their letters. */
const kindNames: Readonly<Record<string, string>> = { ed137: 'ED-137' };

export function NetworksView() {
  const { t } = useTranslation();
  const { model, status, time, operator } = useView();
  const utcMs = gatewayUtcMs(time, useNow(1000));
  useProofsLive(model.signedIn);
  return (
    <main id="groups" className="networks" aria-label={t('view.networks')} tabIndex={-1}>
      <ViewHeader title={t('view.networks')} />
      {status === undefined ? (
        <p role="status">{t('networks.loading')}</p>
      ) : (
        Object.values(model.networks).map((network) => (
          <NetworkSection
            key={network.id}
            network={network}
            attachments={status.attachments.filter(({ networkId }) => networkId === network.id)}
            legs={status.legs.filter(({ networkId }) => networkId === network.id)}
            utcMs={utcMs}
          />
        ))
      )}
      {model.signedIn && keepsTokens(operator?.role) && <ServiceTokensSection />}
    </main>
  );
}

interface NetworkSectionProps {
  readonly network: NetworkModel;
  readonly attachments: readonly AttachmentModel[];
  readonly legs: readonly LegStatusModel[];
  readonly utcMs: number;
}

function NetworkSection({ network, attachments, legs, utcMs }: NetworkSectionProps) {
  const { t } = useTranslation();
  const up = legs.filter(({ state }) => state === 'up').length;
  return (
    <section className="network" aria-label={network.name} data-network={network.id}>
      <h3>
        <Flag country={network.country} />
        <bdi>{network.name}</bdi>
        <span className="network-summary" data-complete={up === legs.length}>
          {t('networks.summary', { up, legs: legs.length })}
        </span>
      </h3>
      <h4>{t('networks.attachments')}</h4>
      {attachments.length === 0 && <p className="network-none">{t('networks.noAttachment')}</p>}
      <ul className="status-rows">
        {attachments.map((attachment) => (
          <AttachmentRow key={attachment.id} attachment={attachment} utcMs={utcMs} />
        ))}
      </ul>
      {legs.length > 0 && <h4>{t('networks.legs')}</h4>}
      <ul className="status-rows">
        {legs.map((leg) => (
          <LegRow key={leg.id} leg={leg} utcMs={utcMs} />
        ))}
      </ul>
    </section>
  );
}

function AttachmentRow({ attachment, utcMs }: { attachment: AttachmentModel; utcMs: number }) {
  const { t, i18n } = useTranslation();
  const { model } = useView();
  const { id, kind, peer, address, transport, encryption, registration, registrar, roundTripMs } = attachment;
  const { place, places, rank, carried, onTrial, channels, returnsUtcMs, certificateExpiresUtcMs } = attachment;
  const left = attachment.registrationExpiresUtcMs;
  return (
    <Row item={attachment} utcMs={utcMs} name={<bdi>{id}</bdi>} tag={kindNames[kind] ?? kind.toUpperCase()}>
      <span className="status-facts">
        <span>{t('networks.inUse', { used: carried, all: channels })}</span>
        {returnsUtcMs > utcMs && <span>{t('networks.returns', { age: agoText(returnsUtcMs - utcMs, t) })}</span>}
        {attachment.certificateExpiring && (
          <span className="status-warning">
            <StateShape name="warned" />
            {t('networks.certificateExpiring')}
          </span>
        )}
      </span>
      <>
        <dl className="status-details">
          <Fact label={t('networks.label.peer')} value={peer} />
          <Fact label={t('networks.label.address')} value={address} />
          <Fact label={t('networks.label.transport')} value={transport.toUpperCase()} />
          <Fact label={t('networks.label.encryption')} value={encryptionText(encryption, t)} />
          <Fact
            label={t('networks.label.registration')}
            value={[
              registrationText(registration, t),
              registrar,
              left > utcMs ? t('networks.left', { age: agoText(left - utcMs, t) }) : '',
            ]
              .filter((part) => part !== '')
              .join(' · ')}
          />
          <Fact label={t('networks.label.roundTrip')} value={roundTripMs === undefined ? '' : `${roundTripMs} ms`} />
          <Fact label={t('networks.label.place')} value={places > 0 ? t('networks.placeOf', { place, places }) : ''} />
          <Fact label={t('networks.label.rank')} value={String(rank)} />
          <Fact label={t('networks.label.onTrial')} value={onTrial > 0 ? String(onTrial) : ''} />
          <Fact
            label={t('networks.label.certificate')}
            value={
              certificateExpiresUtcMs > 0 ? formatDate(certificateExpiresUtcMs, i18n.language, model.timezone) : ''
            }
          />
        </dl>
        {model.signedIn && <TestCall attachment={id} />}
      </>
    </Row>
  );
}

function LegRow({ leg, utcMs }: { leg: LegStatusModel; utcMs: number }) {
  const { t, i18n } = useTranslation();
  const { groupName, talkgroup, attachment, trialOn, codec, srtp, remote, received, sent, lost, strangers } = leg;
  const { jitterMs, levelDbov, farLoss, roundTripMs, heardUtcMs, keyUtcMs, floorUtcMs, grantUtcMs } = leg;
  const when = (atUtcMs: number): string => whenText(atUtcMs, utcMs, t);
  const fault = [
    leg.lastFault === '' ? '' : t(faultKey(leg.lastFault)),
    answerText(leg.lastFaultAnswer, t),
    leg.lastFaultUtcMs > 0 ? when(leg.lastFaultUtcMs) : '',
  ];
  return (
    <Row item={leg} utcMs={utcMs} name={<bdi>{groupName}</bdi>} tag={talkgroup}>
      <span className="status-facts">
        {attachment !== '' && <span>{t('networks.on', { attachment })}</span>}
        {trialOn !== '' && <span>{t('networks.trialOn', { attachment: trialOn })}</span>}
        {leg.state === 'up' && (
          <>
            <span>{t('networks.voice', { when: leg.receiving ? t('networks.now') : when(heardUtcMs) })}</span>
            <span>{t('networks.floor', { when: when(floorUtcMs) })}</span>
          </>
        )}
      </span>
      <dl className="status-details">
        <Fact label={t('networks.label.codec')} value={codec} />
        <Fact
          label={t('networks.label.encryption')}
          value={codec === '' ? '' : srtp === '' ? t('networks.encryption.off') : srtp}
        />
        <Fact label={t('networks.label.remote')} value={remote} />
        <Fact label={t('networks.label.heard')} value={when(heardUtcMs)} />
        <Fact label={t('networks.label.key')} value={leg.receiving ? t('networks.now') : when(keyUtcMs)} />
        <Fact label={t('networks.label.floor')} value={when(floorUtcMs)} />
        <Fact label={t('networks.label.grant')} value={when(grantUtcMs)} />
        <Fact
          label={t('networks.label.received')}
          value={
            leg.receivedPerS > 0
              ? `${received} · ${t('networks.perSecond', { count: leg.receivedPerS })}`
              : String(received)
          }
        />
        <Fact label={t('networks.label.ssrc')} value={leg.ssrc} />
        <Fact label={t('networks.label.signal')} value={leg.signal} />
        <Fact label={t('networks.label.lost')} value={String(lost)} />
        <Fact label={t('networks.label.jitter')} value={`${jitterMs} ms`} />
        <Fact label={t('networks.label.level')} value={levelDbov === undefined ? '' : `${levelDbov} dBov`} />
        <Fact label={t('networks.label.sent')} value={String(sent)} />
        <Fact
          label={t('networks.label.farLoss')}
          value={farLoss === undefined ? '' : formatShare(farLoss, i18n.language)}
        />
        <Fact label={t('networks.label.voiceRoundTrip')} value={roundTripMs === undefined ? '' : `${roundTripMs} ms`} />
        <Fact label={t('networks.label.strangers')} value={strangers > 0 ? String(strangers) : ''} />
        <Fact label={t('networks.label.lastFault')} value={fault.filter((part) => part !== '').join(' · ')} />
      </dl>
    </Row>
  );
}

interface RowProps {
  readonly item: AttachmentModel | LegStatusModel;
  readonly utcMs: number;
  readonly name: ReactNode;
  readonly tag: string;
  /** What is always seen, then what folds out. */
  readonly children: readonly [ReactNode, ReactNode];
}

function Row({ item, utcMs, name, tag, children: [facts, details] }: RowProps) {
  const { t } = useTranslation();
  const { state, sinceUtcMs, fault, faultAnswer } = item;
  const { tone, shape } = looks[state];
  return (
    <li className="status-row" data-tone={fault !== '' && tone === 'good' ? 'pending' : tone} data-item={item.id}>
      <details>
        <summary>
          <span className="status-state">
            <StateShape name={shape} />
            {t(`networks.state.${state}`)}
          </span>
          <span className="status-name">
            {name} <bdi className="status-tag">{tag}</bdi>
          </span>
          <span className="status-since">
            {sinceUtcMs > 0 && t('networks.since', { age: agoText(utcMs - sinceUtcMs, t) })}
          </span>
          {facts}
          {fault !== '' && (
            <span className="status-fault">
              {t(faultKey(fault))}{' '}
              {faultAnswer > 0 && <bdi className="status-answer">{answerText(faultAnswer, t)}</bdi>}
              <span className="status-remedy">
                <b>{t('networks.what')}</b> {t(remedyKey(fault))}
              </span>
            </span>
          )}
        </summary>
        {details}
      </details>
    </li>
  );
}

/** Nothing where there is nothing to say. */
function Fact({ label, value }: { label: string; value: string }) {
  if (value === '') return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}

function registrationText(registration: string, t: TFunction): string {
  switch (registration) {
    case 'us-registered':
    case 'us-asking':
    case 'us-refused':
    case 'them-registered':
    case 'them-awaited':
      return t(`networks.registration.${registration}`);
    default:
      return '';
  }
}

function encryptionText(encryption: string, t: TFunction): string {
  switch (encryption) {
    case 'off':
    case 'offered':
    case 'required':
      return t(`networks.encryption.${encryption}`);
    default:
      return '';
  }
}

/** Statistics come once a second: what is younger is going on. */
const justNowMs = 2000;

function whenText(atUtcMs: number, utcMs: number, t: TFunction): string {
  if (atUtcMs === 0) return t('networks.never');
  return utcMs - atUtcMs < justNowMs ? t('networks.justNow') : t('networks.ago', { age: agoText(utcMs - atUtcMs, t) });
}
