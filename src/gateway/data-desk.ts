/**
 * What networks and operators say beside voice: goes to the other sides as data-router.ts has it, to consoles, and where it
 * is more than news to whoever acts on it.
 */
import { printable } from '../base/printable.ts';
import type { Attachment, DataFault, DataOrder, DataReport, DataWord, Meaning } from '../bridges/ports.ts';
import type { SaidData } from '../console/data-list.ts';
import type { Person } from '../operations/terms.ts';
import type { GroupId } from '../voice/contract.ts';
import type { AttachmentsPorts } from './attachments-ports.ts';
import type { DataRouter, RoutedData } from './data-router.ts';

export interface DataHost {
  readonly ports: Pick<AttachmentsPorts, 'events' | 'console' | 'dataSaid' | 'alarmSaid' | 'placeSaid' | 'unitSaid'>;
  /** Undefined: it is no leg of ours. */
  readonly plannedLeg: (leg: string) => { readonly group: string; readonly network: string } | undefined;
  /** Whichever attachment carries the leg now. */
  readonly carrier: (leg: string) => Attachment | undefined;
}

export class DataDesk {
  readonly #router: DataRouter;
  /** As which we write. */
  readonly #gateway: string;
  readonly #host: DataHost;

  constructor(router: DataRouter, gateway: string, host: DataHost) {
    this.#router = router;
    this.#gateway = gateway;
    this.#host = host;
  }

  /** A network said it. */
  received(said: DataReport): void {
    const { report, meaning, means, orders } = this.#router.route({ ...said, from: printable(said.from) });
    const { leg, attachment, from, name, unproven } = report;
    const doubt = unproven && { unproven };
    const raised = name === 'alarm' ? { raised: report.raised } : {};
    this.#host.ports.events.data.received({ leg, attachment, data: name, talker: from, ...raised, ...doubt });
    const shown = this.#host.ports.console.showData({
      leg,
      address: from,
      ...doubt,
      said: saidOf(report, meaning),
    });
    for (const order of orders) this.#pass(order, shown);
    const group = this.#host.plannedLeg(leg)?.group;
    if (group === undefined) return;
    this.#host.ports.dataSaid({ group, leg, address: from, ...doubt, word: report, ...(meaning && { meaning }) });
    this.#act(group, report, means);
  }

  /** An operator writes to all sides of a group; how many there are. */
  sendText(group: GroupId, person: Person, text: string): number {
    const orders = this.#router.text(group, person.display, text, this.#gateway);
    const shown = this.#host.ports.console.showText(group, person, text);
    for (const order of orders) this.#pass(order, shown);
    return orders.length;
  }

  /** What is more than news: an alarm is an emergency, a crossing goes into the border record, a post into its plan. */
  #act(group: GroupId, report: DataReport, means: RoutedData['means']): void {
    const { leg, from: address, unproven } = report;
    const said = { group, leg, address, unproven };
    if (report.name === 'alarm') {
      const { raised, position: place } = report;
      this.#host.ports.alarmSaid({ ...said, raised, ...(place && { place }) });
    }
    const what = report.name === 'position' ? 'position' : report.name === 'status' ? means : undefined;
    if (what === undefined) return;
    const { callSign } = this.#host.ports.console.identify(leg, address);
    const place = report.name === 'position' ? report.position : undefined;
    if (place !== undefined) this.#host.ports.placeSaid({ ...said, place });
    this.#host.ports.unitSaid({ group, unit: callSign || address, what, ...(place && { place }) });
  }

  /** Over whichever attachment carries the leg now. */
  #pass(order: DataOrder, shown: number): void {
    const { events, console } = this.#host.ports;
    const { leg, name: data } = order;
    const carrier = this.#host.carrier(leg);
    const { network } = this.#host.plannedLeg(leg)!;
    const receipt = (state: 'sent' | 'delivered' | 'failed', cause: string): void => {
      if (data === 'text') console.noteReceipt(shown, { legId: leg, state, cause });
    };
    const done = (fault: DataFault | undefined): void => {
      receipt(fault === undefined ? 'delivered' : 'failed', fault ?? '');
      if (fault !== undefined) {
        events.data.undelivered({ leg, network, data, reason: fault });
        if (fault !== 'not-carried' || data === 'alarm') console.noteUndelivered(shown, leg);
      } else events.data.passed({ leg, attachment: carrier!.id, data });
    };
    receipt('sent', '');
    if (carrier?.passData === undefined) done(carrier === undefined ? 'not-reached' : 'not-carried');
    else carrier.passData(order, done);
  }
}

/** As consoles are told. */
function saidOf(word: DataWord, meaning: Meaning | undefined): SaidData['said'] {
  switch (word.name) {
    case 'text':
      return { text: word.text };
    case 'status':
      return { status: { code: word.code, ...(meaning && { meaning }) } };
    case 'position':
      return { position: word.position };
    case 'alarm':
      return { alarm: { raised: word.raised, ...(word.position && { place: word.position }) } };
  }
}
