/** What persons have joined to a group, and what one of them may do about it. Pure; the gateway decides. */
import type { ConsoleModel, GroupModel, MemberModel, TalkgroupModel } from './console-model.ts';
import type { Onlooker } from './emergency.ts';
import { isDispatching } from './operator.ts';

export interface JoinedModel {
  readonly member: MemberModel;
  readonly talkgroup: TalkgroupModel;
  /** His control room is asked before others join it, and may take it out at any time. */
  readonly isOwners: boolean;
}

/** Members that the configuration does not have; to their owner also those that it has. */
export function joinedTo(group: GroupModel, model: ConsoleModel, who: Onlooker | undefined): readonly JoinedModel[] {
  return (group.bridging?.members ?? []).flatMap((member) => {
    const talkgroup = model.talkgroups.find(({ id }) => id === member.talkgroupId);
    if (talkgroup === undefined) return [];
    const isOwners = talkgroup.consentOf !== '' && talkgroup.consentOf === who?.controlRoomId;
    return member.own && !isOwners ? [] : [{ member, talkgroup, isOwners }];
  });
}

export function mayBridge(group: GroupModel, who: Onlooker | undefined): boolean {
  return isDispatching(who) || (who?.role === 'technician' && group.use === 'test');
}

/** Of the configuration: it is always open, and what is joined to it has an end of its own. */
export function isPermanent(group: GroupModel): boolean {
  return !group.onDemand && group.bridging?.endsUtcMs === undefined;
}
