import type { ServiceTokensPort } from '../../../src/base/service-token.ts';

/** Of a gateway whose accounts know none. */
export const noServiceTokens: ServiceTokensPort = {
  judge: async () => ({ fault: 'token' }),
  standing: async () => ({ fault: 'token' }),
  used: () => undefined,
};
