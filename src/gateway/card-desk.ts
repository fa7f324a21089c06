/** Smart cards, where the configuration takes them: their authorities and lists, and the listener that asks for them. */
import { type CardListener, createCardListener } from '../api/card-listener.ts';
import type { CardPort } from '../api/login-port.ts';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Config } from '../config/schema.ts';
import type { RevokedCards } from '../operations/card-grant.ts';
import { CardLists } from './card-lists.ts';

export interface CardDeskPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<
    'accounts.cardsUnchecked' | 'accounts.cardsListening' | 'accounts.cardFailed' | 'http.certificate' | 'http.refused'
  >;
  /** Some cards, or all, cannot be checked. */
  alarm(isRaised: boolean): void;
  certificateSeen(certificate: string, expiresUtcMs: number): void;
  readonly lookEveryMs?: number;
}

export class CardDesk {
  readonly #console: Config['console'];
  readonly #ports: CardDeskPorts;
  readonly #lists: CardLists | undefined;
  #listener: CardListener | undefined;
  #port = 0;

  constructor({ console }: Pick<Config, 'console'>, ports: CardDeskPorts) {
    this.#console = console;
    this.#ports = ports;
    const cards = console.tls?.clientCertificates;
    const authoritiesSeen = (toUtcMs: number): void => {
      ports.certificateSeen('console.tls.clientCertificates', toUtcMs);
    };
    this.#lists =
      cards && new CardLists(cards, { ...ports, alarm: (isRaised) => ports.alarm(isRaised), authoritiesSeen });
  }

  lists(): readonly RevokedCards[] {
    return this.#lists?.lists ?? [];
  }

  isOurs(certificate: Uint8Array): boolean {
    return this.#lists?.isOurs(certificate) ?? false;
  }

  /** What can be asked of the listener, as `GET /card`, once it listens. */
  get routes(): readonly string[] {
    return this.#listener?.routes ?? [];
  }

  port(): number {
    return this.#port;
  }

  /** `port`: of the logins. @throws GatewayError when authorities, or the listener, cannot be had */
  async start(port: CardPort | undefined): Promise<void> {
    const { tls, listen } = this.#console;
    const lists = this.#lists;
    if (tls?.clientCertificates === undefined || lists === undefined || port === undefined) return;
    await lists.start();
    const { clock, events } = this.#ports;
    const rules = { origins: this.#console.origins, tls };
    this.#listener = createCardListener({ rules, clock, events, clients: lists, port });
    this.#port = await this.#listener.listen(listen.host, tls.clientCertificates.port);
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
    await this.#lists?.stop();
  }
}
