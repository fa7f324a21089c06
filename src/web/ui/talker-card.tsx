import { useTranslation } from 'react-i18next';
import type { CutModel, GroupModel, NetworkModel } from '../model/console-model.ts';
import { gatewayUtcMs } from '../model/gateway-time.ts';
import type { TalkerModel } from '../model/terms.ts';
import type { OwnIds } from '../model/tile-state.ts';
import { isAnnouncement, talkerTitle } from '../model/tile-state.ts';
import { Flag } from './flag.tsx';
import { countryName, languageName, shortNetworkName } from './format.ts';
import { useView } from './session-context.tsx';
import { StateShape } from './state-shape.tsx';
import { TalkTimer } from './talk-timer.tsx';
import { TalkerName } from './talker-name.tsx';
import { useNow } from './use-now.ts';
import { agoText, endKey, talkerText } from './words.ts';

const cutShownMs = 8000;

type Networks = Readonly<Record<string, NetworkModel>>;

interface TalkerCardProps {
  readonly group: GroupModel;
  readonly networks: Networks;
  readonly own: OwnIds;
  /** Since when nothing is known any more: time stands still there. */
  readonly lostAtMs: number | undefined;
}

/** Who talks, from where and for how long. Keeps its height when nobody does: nothing jumps. */
export function TalkerCard({ group, networks, own, lostAtMs }: TalkerCardProps) {
  const { t } = useTranslation();
  const { floor } = group;
  const { holder, overriding } = floor;
  const cut = useFreshCut(group);
  if (holder === undefined) return <Nobody group={group} />;
  return (
    <div className="talker">
      <p className="talker-title" data-length={lengthOf(own.has(holder.partyId) ? '' : talkerTitle(holder))}>
        {own.has(holder.partyId) ? t('talker.you') : <TalkerName talker={holder} />}
      </p>
      {overriding === undefined ? (
        <Origin cut={cut} talker={holder} networks={networks} />
      ) : (
        <p className="talker-overriding">
          <StateShape name="otherConsole" />
          {t('talker.overriding', { name: talkerText(overriding, t) })}
        </p>
      )}
      <TalkTimer
        sinceMs={floor.sinceMs}
        untilMs={lostAtMs}
        limitMs={floor.emergency ? undefined : group.talkLimitMs}
        warnMs={group.talkWarnMs}
      />
    </div>
  );
}

/** Longer names are written smaller, so that the whole of them can be read; all may break onto a second line. */
function lengthOf(title: string): 'short' | 'medium' | 'long' {
  if (title.length <= 11) return 'short';
  return title.length <= 17 ? 'medium' : 'long';
}

function Nobody({ group }: { group: GroupModel }) {
  const { t } = useTranslation();
  const { time } = useView();
  const nowMs = useNow(1000);
  const last = group.lastOvers[0];
  if (last === undefined) {
    return (
      <div className="talker">
        <p className="talker-nobody">{t('talker.none')}</p>
      </div>
    );
  }
  const age = agoText(gatewayUtcMs(time, nowMs) - last.startUtcMs - last.durationMs, t);
  const name = talkerText(last.talker, t);
  // Its report waits for the slowest leg.
  const isNewer = group.cut !== undefined && group.cut.over > last.over;
  const wasCut = last.end !== 'released' && last.end !== '' && !isNewer;
  return (
    <div className="talker">
      {!isNewer && <p className="talker-nobody">{t('talker.last', { name, age })}</p>}
      {isNewer && group.cut !== undefined && <Cut talker={group.cut.talker} end={group.cut.end} />}
      {wasCut && <Cut talker={last.talker} end={last.end} />}
    </div>
  );
}

/** Whose words were cut, and by what. */
function Cut({ talker, end }: { talker: TalkerModel; end: string }) {
  const { t } = useTranslation();
  return (
    <p className="talker-cut">
      <StateShape name="revoked" />
      <span>{t('talker.cut', { name: talkerText(talker, t), cause: t(endKey(end)) })}</span>
    </p>
  );
}

/** What was cut, while it is news beside whoever talks now. */
function useFreshCut({ cut }: GroupModel): CutModel | undefined {
  const nowMs = useNow(1000);
  return cut !== undefined && nowMs - cut.atMs < cutShownMs ? cut : undefined;
}

/** Country and organisation, then network and language; where no identity came, that and nothing made up. */
function Origin({ talker, networks, cut }: { talker: TalkerModel; networks: Networks; cut: CutModel | undefined }) {
  const { t, i18n } = useTranslation();
  const network = networks[talker.networkId];
  const country = talker.country || (network?.country ?? '');
  const gap = identityGap(talker);
  return (
    <>
      <p className="talker-line">
        {country !== '' && (
          <span className="country" title={countryName(country, i18n.language)}>
            <Flag country={country} />
            {country}
          </span>
        )}
        {talker.organisation !== '' && <bdi>{talker.organisation}</bdi>}
      </p>
      <p className="talker-line">
        {network !== undefined && <bdi>{shortNetworkName(network.name)}</bdi>}
        {talker.language !== '' && <span>{languageName(talker.language, i18n.language)}</span>}
        {gap !== undefined && <span className="talker-gap">{t(gap)}</span>}
      </p>
      {cut !== undefined && <Cut talker={cut.talker} end={cut.end} />}
    </>
  );
}

function identityGap(talker: TalkerModel): 'talker.noIdentity' | 'talker.unknownUnit' | undefined {
  if (talker.isConsole || isAnnouncement(talker)) return undefined;
  if (!talker.verified) return 'talker.noIdentity';
  return talker.callSign === '' ? 'talker.unknownUnit' : undefined;
}
