import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRefusal } from '../app/operations.ts';
import type { GroupModel } from '../model/console-model.ts';
import { isPermanent, type JoinedModel, joinedTo, mayBridge } from '../model/joined.ts';
import { AskingDialog } from './asking-dialog.tsx';
import { Flag } from './flag.tsx';
import { formatMinute } from './format.ts';
import { OpenDialog } from './open-dialog.tsx';
import { Refusal } from './refusal.tsx';
import { useSession, useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';

/** What has been joined to the group by persons, with the ways to take it out; to a permanent group also the way in. */
export function JoinedGroups({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { model, operator } = useView();
  const [adding, setAdding] = useState(false);
  const joined = joinedTo(group, model, operator);
  const may = mayBridge(group, operator);
  const mayJoin = may && isPermanent(group);
  if (joined.length === 0 && !mayJoin) return null;
  return (
    <section className="joined">
      <h3>{t('joined.label')}</h3>
      {joined.length === 0 && <p className="panel-none">{t('joined.none')}</p>}
      <ul>
        {joined.map((each) => (
          <Row key={each.member.talkgroupId} group={group} joined={each} may={may} />
        ))}
      </ul>
      {mayJoin && (
        <button type="button" className="small-button" data-shortcut="join" onClick={() => setAdding(true)}>
          {t('bridging.add')}
        </button>
      )}
      {adding && <OpenDialog group={group} adds onClose={() => setAdding(false)} />}
    </section>
  );
}

interface RowProps {
  readonly group: GroupModel;
  readonly joined: JoinedModel;
  readonly may: boolean;
}

function Row({ group, joined: { member, talkgroup, isOwners }, may }: RowProps) {
  const { t, i18n } = useTranslation();
  const { model } = useView();
  const room = model.controlRooms.find(({ id }) => id === talkgroup.consentOf)?.callSign ?? talkgroup.consentOf;
  const { endsUtcMs, consentAwaited, own } = member;
  return (
    <li data-awaited={consentAwaited} data-talkgroup={talkgroup.id}>
      <p className="joined-name">
        <Flag country={model.networks[talkgroup.networkId]?.country ?? ''} />
        <bdi>{talkgroup.shortName}</bdi>
        {endsUtcMs !== undefined && (
          <span>{t('bridging.until', { time: formatMinute(endsUtcMs, i18n.language, model.timezone) })}</span>
        )}
      </p>
      {!own && (
        <p>
          <bdi>{member.reason}</bdi> · <bdi>{member.by}</bdi>
        </p>
      )}
      {consentAwaited && (
        <p className="joined-awaited">
          <StateShape name="requested" />
          {t('joined.awaited', { room })}
        </p>
      )}
      {may && <Ways group={group} joined={{ member, talkgroup, isOwners }} />}
    </li>
  );
}

/** The owner's way is one click; whoever else takes a talkgroup out is asked once more. */
function Ways({ group, joined }: Omit<RowProps, 'may'>) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState(false);
  const { member, talkgroup, isOwners } = joined;
  if (isOwners) return member.consentAwaited ? null : <TakeBackButton group={group} joined={joined} />;
  return (
    <>
      <button type="button" className="small-button" onClick={() => setRemoving(true)}>
        {t('joined.remove')}
        <span className="unseen">{talkgroup.shortName}</span>
      </button>
      {removing && (
        <AskingDialog
          title={t('joined.removeTitle', { talkgroup: talkgroup.shortName })}
          groupId={group.id}
          operation={{ remove: { talkgroupId: talkgroup.id } }}
          submit={t('joined.removeNow')}
          onClose={() => setRemoving(false)}
        >
          <p>{t('joined.removeWords', { group: group.shortName })}</p>
        </AskingDialog>
      )}
    </>
  );
}

function TakeBackButton({ group, joined: { talkgroup } }: Omit<RowProps, 'may'>) {
  const { t } = useTranslation();
  const [refusal, consent] = useConsent(group);
  return (
    <>
      <button type="button" className="small-button" onClick={() => consent(talkgroup.id, false)}>
        {t('joined.takeBack')}
        <span className="unseen">{talkgroup.shortName}</span>
      </button>
      <Refusal refusal={refusal} />
    </>
  );
}

/** On the tile, whichever group is selected: somebody waits for this control room's consent. */
export function ConsentAsked({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { model, operator } = useView();
  const [refusal, consent] = useConsent(group);
  if (!mayBridge(group, operator)) return null;
  const asked = joinedTo(group, model, operator).filter(({ member, isOwners }) => isOwners && member.consentAwaited);
  if (asked.length === 0) return null;
  return (
    <div className="bridging consent">
      {asked.map(({ member, talkgroup }) => (
        <div key={talkgroup.id} className="consent-asked" role="alert">
          <p>
            <StateShape name="requested" />
            {t('joined.asked', { name: member.by, talkgroup: talkgroup.shortName, reason: member.reason })}
          </p>
          <div className="bridging-buttons">
            <button type="button" onClick={() => consent(talkgroup.id, true)}>
              {t('joined.agree')}
              <span className="unseen">{talkgroup.shortName}</span>
            </button>
            <button type="button" onClick={() => consent(talkgroup.id, false)}>
              {t('joined.refuse')}
              <span className="unseen">{talkgroup.shortName}</span>
            </button>
          </div>
        </div>
      ))}
      <Refusal refusal={refusal} />
    </div>
  );
}

type SetConsent = (talkgroupId: string, given: boolean) => void;

function useConsent(group: GroupModel): readonly [OperationRefusal | undefined, SetConsent] {
  const session = useSession();
  const [refusal, setRefusal] = useState<OperationRefusal>();
  const consent: SetConsent = (talkgroupId, given) => {
    setRefusal(undefined);
    void session.operate(group.id, { consent: { talkgroupId, given } }).then(setRefusal);
  };
  return [refusal, consent];
}
