import { PriorityMap } from '../../../src/bridges/mcptt/priority-map.ts';
import { indicator } from '../../../src/protocols/mcptt/floor-fields.ts';
import { fieldOf, indicates } from '../../../src/protocols/mcptt/floor-message.ts';
import { attachmentContract } from '../attachment-contract.ts';
import type { AttachmentStand, Carried, FloorFarEnd } from '../attachment-stand.ts';
import { allWords } from '../carried-contract.ts';
import { dataOf, dataSettings } from '../sip/data-far-end.ts';
import { gatewayAt } from '../sip/stand.ts';
import { McpttStand, mcpttSettings } from './stand.ts';

async function asStand(settings: Record<string, unknown>, comeBack?: (stand: McpttStand) => void) {
  const stand = await McpttStand.make({ data: dataSettings, ...settings });
  comeBack?.(stand);
  const floor = floorOf(stand, settings.home === 'here');
  return {
    clock: stand.sip.clock,
    attachment: stand.attachment,
    commands: stand.sip.commands,
    reports: stand.sip.reports,
    farEnd: {
      switchOff: () => {
        stand.sip.network.silentWhenAbsent = true;
        stand.box.switchOff();
      },
      switchOn: () => {
        stand.box.switchOn();
        comeBack?.(stand);
      },
      hangUp: () => stand.box.hangUp(stand.box.only),
      ...dataOf(() => stand.box, stand.plan.number.replaceAll(' ', '')),
      names: () => floor.talks(false),
      named: () =>
        stand.heard.flatMap((message) => [
          fieldOf(message, 'grantedParty')?.id ?? '',
          fieldOf(message, 'functionalAlias')?.alias ?? '',
        ]),
      floor,
    },
    data: stand.sip.data,
    talkers: stand.sip.talkers,
    advance: (ms) => stand.advance(ms),
    close: () => stand.close(),
  } satisfies AttachmentStand;
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

const callIn = (stand: McpttStand): void => {
  const number = stand.plan.number.replaceAll(' ', '');
  stand.sip.clock.callAt(stand.sip.clock.nowMs() + 500, () => stand.box.call(number, gatewayAt));
};

const carries: Carried = { dataIn: allWords, dataOut: allWords, talkers: ['talker in', 'talker out'] };
/** A participant asks; the server's talk comes without priority, and it cannot be told that ours goes first. */
const there: Carried = { ...carries, floor: ['emergency in', 'priority out', 'emergency out', 'denial out'] };
/** A server answers requests, and asks nobody. */
const here: Carried = { ...carries, floor: ['priority in', 'emergency in', 'grant in'] };

attachmentContract('mcptt, homed there, we call', () => asStand({}), there);
attachmentContract('mcptt, homed here, we call', () => asStand({ home: 'here' }), here);
attachmentContract(
  'mcptt, homed here, the far end calls',
  () => asStand({ home: 'here', mode: 'accept' }, callIn),
  here,
);
