import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CapacityModel, WishedGroup } from '../model/capacity.ts';
import type { ConsoleModel } from '../model/console-model.ts';
import { shortNetworkName } from './format.ts';
import { useSession, useView } from './session-context.tsx';

/** What joining takes of the networks, before the click: channels needed and free, and who would be left without one. */
export function Capacity({ wishes }: { wishes: readonly WishedGroup[] }) {
  const { t } = useTranslation();
  const session = useSession();
  const { model } = useView();
  const [capacity, setCapacity] = useState<CapacityModel>();
  const asked = JSON.stringify(wishes);
  useEffect(() => {
    let isLate = false;
    void session.capacity(JSON.parse(asked) as readonly WishedGroup[]).then((answer) => {
      if (!isLate) setCapacity(answer);
    });
    return () => {
      isLate = true;
    };
  }, [session, asked]);
  if (capacity === undefined) return null;
  const { networks, shortLegIds, displacedLegIds } = capacity;
  return (
    <div aria-live="polite">
      {networks.length > 0 && (
        <p className="dialog-preview">
          {networks
            .map((network) => t('capacity.network', { ...network, network: networkName(model, network.networkId) }))
            .join(' · ')}
        </p>
      )}
      {shortLegIds.length > 0 && (
        <p className="dialog-warning">{t('capacity.short', { legs: legNames(model, shortLegIds) })}</p>
      )}
      {displacedLegIds.length > 0 && (
        <p className="dialog-warning">{t('capacity.displaced', { legs: legNames(model, displacedLegIds) })}</p>
      )}
    </div>
  );
}

function networkName(model: ConsoleModel, id: string): string {
  return shortNetworkName(model.networks[id]?.name ?? id);
}

/** As talkgroup and group; whoever may not hear a group reads its id. */
function legNames(model: ConsoleModel, legIds: readonly string[]): string {
  const names = legIds.map((legId) => {
    const [groupId = '', talkgroupId = ''] = legId.split('/');
    const group = model.groups.find(({ id }) => id === groupId)?.shortName ?? groupId;
    const talkgroup = model.talkgroups.find(({ id }) => id === talkgroupId)?.shortName ?? talkgroupId;
    return `${talkgroup} (${group})`;
  });
  return names.join(', ');
}
