import { PriorityMap } from '../../../src/bridges/mcptt/priority-map.ts';
import { indicator } from '../../../src/protocols/mcptt/floor-fields.ts';
import { fieldOf, indicates } from '../../../src/protocols/mcptt/floor-message.ts';
import { attachmentContract } from '../attachment-contract.ts';
import type { AttachmentStand, Carried, FloorFarEnd } from '../attachment-stand.ts';
import { allWords } from '../carried-contract.ts';
import { callIn, contractStand } from '../sip/contract-stand.ts';
import { dataSettings } from '../sip/data-far-end.ts';
import { McpttStand, mcpttSettings } from './stand.ts';

async function asStand(settings: Record<string, unknown>): Promise<AttachmentStand> {
  const stand = await McpttStand.make({ data: dataSettings, ...settings });
  const { sip, attachment } = stand;
  const comeBack = () => settings.mode === 'accept' && callIn(sip);
  const onSip = contractStand({ sip, attachment, comeBack, close: () => stand.close() });
  const floor = floorOf(stand, settings.home === 'here');
  const named = () =>
    stand.heard.flatMap((message) => [
      fieldOf(message, 'grantedParty')?.id ?? '',
      fieldOf(message, 'functionalAlias')?.alias ?? '',
    ]);
  return { ...onSip, farEnd: { ...onSip.farEnd, names: () => floor.talks(false), named, floor } };
}

/** A participant towards our server, or the server itself. */
function floorOf(stand: McpttStand, isHere: boolean): FloorFarEnd {
  const priorities = new PriorityMap(mcpttSettings().priorities);
  const uri = 'sip:3200001@be.example';
  return {
    talks: (emergency) =>
      stand.say(isHere ? 'request' : 'taken', [
        ...(isHere ? ([{ name: 'floorPriority', priority: priorities.toWire(9) }] as const) : []),
        isHere ? { name: 'functionalAlias', alias: uri } : { name: 'grantedParty', id: uri },
        ...(emergency ? ([{ name: 'floorIndicator', mask: indicator.emergency }] as const) : []),
      ]),
    answers: (granted) =>
      granted
        ? stand.say('granted', [{ name: 'duration', seconds: 30 }])
        : stand.say('deny', [{ name: 'rejectCause', cause: 1 }]),
    told: () =>
      stand.heard.flatMap((message) => {
        if (message.name === 'granted') return ['granted'];
        if (message.name === 'deny') return ['denied'];
        if (message.name !== 'request') return [];
        if (indicates(message, indicator.emergency)) return ['asked emergency'];
        return [`asked ${priorities.fromWire(fieldOf(message, 'floorPriority')?.priority ?? 0)}`];
      }),
  };
}

const carries: Carried = { dataIn: allWords, dataOut: allWords, talkers: ['talker in', 'talker out'] };
/** A participant asks; the server's talk comes without priority, and it cannot be told that ours goes first. */
const there: Carried = { ...carries, floor: ['emergency in', 'priority out', 'emergency out', 'denial out'] };
/** A server answers requests, and asks nobody. */
const here: Carried = { ...carries, floor: ['priority in', 'emergency in', 'grant in'] };

attachmentContract('mcptt, homed there, we call', () => asStand({}), there);
attachmentContract('mcptt, homed here, we call', () => asStand({ home: 'here' }), here);
attachmentContract('mcptt, homed here, the far end calls', () => asStand({ home: 'here', mode: 'accept' }), here);
